// The flow table: an index of cache lines full of tags, and an array of flows. design.md says why.
//
// Owns: the memory of one worker's flows, all of it taken at start; its pages are touched first by
// that worker, and so are of its NUMA node. Knows nothing of time or of what a flow counts. Must
// hold: a flow is found by its key in either direction; an index line without a matching tag and
// without overflow answers "not there" in one touch; insert() never fails while size() <
// capacity().
#pragma once

#include <smmintrin.h>

#include <cstdint>
#include <cstring>
#include <span>

#include "base/assert.h"
#include "base/huge_memory.h"
#include "base/result.h"
#include "dataplane/flow/flow.h"
#include "dataplane/flow/tcp_flow.h"

namespace baleen::flow {

class FlowTable {
public:
    // `flow_count_max`: 1 ... 2^31. `splt_packets`: places for as many per flow, up to
    // record::splt_packets_max. `matches`: a place per flow for what rules find.
    static base::Result<FlowTable> create(uint64_t flow_count_max, uint32_t splt_packets = 0,
                                          bool matches = false);
    static uint64_t memory_bytes(uint64_t flow_count_max, uint32_t splt_packets = 0,
                                 bool matches = false);
    // The largest number of flows, up to 2^31, whose table takes no more than `bytes`. 0: none
    // does.
    static uint64_t flows_in(uint64_t bytes, uint32_t splt_packets = 0, bool matches = false);

    struct Found {
        uint32_t index;      // flow_absent: not in the table
        uint32_t direction;  // 0: the key runs as the flow's first packet, 1: against it
    };

    void prefetch_line(uint64_t hash) const {
        __builtin_prefetch(&lines_[hash & line_mask_], 0, 2);
    }

    // The first flow in the hash's own line whose tag fits, and the direction that its tag tells: a
    // guess that find() confirms.
    Found guess(const packet::FlowKey& key, uint64_t hash) const {
        const IndexLine& line = lines_[hash & line_mask_];
        const uint32_t hits = matching_slots(line, tag_of(hash));
        if (hits == 0) return {packet::flow_absent, 0};
        const auto slot = static_cast<uint32_t>(__builtin_ctz(hits));
        return {line.flows[slot], (line.tags[slot] & tag_side) ^ side_of(key)};
    }

    // The lines that a packet in this direction touches.
    void prefetch_flow(Found guess) const {
        __builtin_prefetch(&flows_[guess.index], 0, 2);
        __builtin_prefetch(&flows_[guess.index].sides[guess.direction], 0, 2);
    }
    void approach_flow(Found guess) const {
        __builtin_prefetch(&flows_[guess.index]);
        __builtin_prefetch(&flows_[guess.index].sides[guess.direction]);
    }
    // Line 0 of a flow that may be looked at soon; any index will do.
    void prefetch_head(uint32_t index) const { __builtin_prefetch(&flows_[index], 0, 2); }
    // All of a flow, to be told or begun; any index will do.
    void prefetch_whole(uint32_t index) const;
    // The flow that the insert() after `skipped` others would take.
    void prefetch_free(uint32_t skipped, bool is_tcp) const;
    // The rare events of one side, and of both with the history.
    void prefetch_tcp(Found found) const {
        __builtin_prefetch(&tcp_flows_[found.index].sides[found.direction], 0, 2);
    }
    void prefetch_tcp_whole(uint32_t index) const;

    Found find(const packet::FlowKey& key, uint64_t hash) const;

    // Whether the flow has this key, in this direction.
    static bool matches(const Flow& flow, const packet::FlowKey& key, uint32_t direction);

    // Takes a free flow and writes its key and hash; the rest of it is zero. Only while size() <
    // capacity().
    uint32_t insert(const packet::FlowKey& key, uint64_t hash);
    void erase(uint32_t index);

    Flow& operator[](uint32_t index) { return flows_[index]; }
    const Flow& operator[](uint32_t index) const { return flows_[index]; }
    // As the flow before it has left them; whoever begins to use them clears them.
    TcpFlow& tcp(uint32_t index) { return tcp_flows_[index]; }
    record::Encapsulation& encapsulation(uint32_t index) { return encapsulations_[index]; }
    // Only in a table that was created with them. Told if has_matches is set; whoever sets it
    // clears them first.
    record::Matches& matches(uint32_t index) { return matches_[index]; }
    // What SPLT tells of a flow, size negative where against its first packet.
    record::SpltPacket* splt(uint32_t index) {
        return &splt_packets_[uint64_t{index} * splt_count_];
    }
    // When somebody has to look at the flow next; kept for the tracker, outside of the flow, so
    // that eight of them are one line to whoever goes over all flows.
    int64_t& due_ns(uint32_t index) { return due_ns_[index]; }
    uint32_t size() const { return size_; }
    uint32_t capacity() const { return capacity_; }
    // Flows in use all lie below this index.
    uint32_t high_water() const { return high_water_; }

private:
    // Ten slots of tag and flow index fill one line; the rest counts the flows that belong here but
    // had to go on to the next line, so that a search knows whether to follow.
    static constexpr uint32_t slots_per_line = 10;
    struct alignas(64) IndexLine {
        std::array<uint16_t, slots_per_line> tags;  // 0: free
        uint16_t overflowed;
        uint16_t reserved;
        std::array<uint32_t, slots_per_line> flows;
    };
    static_assert(sizeof(IndexLine) == 64);

    // A tag is 15 bits of the hash and, lowest, which way the flow's first packet ran: so that the
    // line of the right direction is fetched before the key has been compared. Two addresses whose
    // lower halves are equal tell nothing; then the guess may be wrong, and costs a fetch.
    static constexpr uint16_t tag_side = 1;
    static uint32_t side_of(const packet::FlowKey& key) {
        uint64_t src, dst;
        std::memcpy(&src, key.src.data() + 8, 8);
        std::memcpy(&dst, key.dst.data() + 8, 8);
        return src > dst ? 1 : 0;
    }
    // Without the side; never 0, which is a free slot.
    static uint16_t tag_of(uint64_t hash) {
        const auto tag = static_cast<uint16_t>((hash >> 48) & ~uint64_t{tag_side});
        return tag == 0 ? 2 : tag;
    }
    // A bit per slot with this tag: two comparisons, of tags 0-7, and of 2-9 for the last two.
    static uint32_t matching_slots(const IndexLine& line, uint16_t tag) {
        const __m128i wanted = _mm_set1_epi16(static_cast<short>(tag));
        const __m128i of_hash = _mm_set1_epi16(static_cast<short>(~tag_side));
        const auto equal = [&](const uint16_t* tags) {
            const __m128i eight = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tags));
            const __m128i found = _mm_cmpeq_epi16(_mm_and_si128(eight, of_hash), wanted);
            return static_cast<uint32_t>(
                _mm_movemask_epi8(_mm_packs_epi16(found, _mm_setzero_si128())));
        };
        return equal(&line.tags[0]) | (equal(&line.tags[2]) & 0xc0u) << 2;
    }
    static __m128i load16(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
    static uint64_t line_count(uint64_t flow_count_max);
    static base::Result<base::HugeMemory> allocate_lines(uint64_t count);

    base::HugeMemory line_memory_;
    base::HugeMemory flow_memory_;
    base::HugeMemory tcp_memory_;
    base::HugeMemory encapsulation_memory_;
    base::HugeMemory matches_memory_;
    base::HugeMemory splt_memory_;
    base::HugeMemory due_memory_;
    base::HugeMemory free_memory_;
    IndexLine* lines_ = nullptr;
    Flow* flows_ = nullptr;
    TcpFlow* tcp_flows_ = nullptr;
    record::Encapsulation* encapsulations_ = nullptr;
    record::Matches* matches_ = nullptr;
    record::SpltPacket* splt_packets_ = nullptr;
    uint32_t splt_count_ = 0;  // places per flow
    int64_t* due_ns_ = nullptr;
    uint32_t* free_ = nullptr;  // stack of erased flows
    uint64_t line_mask_ = 0;
    uint32_t free_count_ = 0;
    uint32_t high_water_ = 0;
    uint32_t size_ = 0;
    uint32_t capacity_ = 0;
};

inline bool FlowTable::matches(const Flow& flow, const packet::FlowKey& key, uint32_t direction) {
    // Seen from the other side, ends and ports are swapped. Without branches: packets of both
    // directions come in an order that no predictor knows.
    const uint8_t* ends_of_key = key.src.data();
    const void* src = ends_of_key + direction * sizeof(key.src);
    const void* dst = ends_of_key + (1 - direction) * sizeof(key.src);
    const __m128i swaps_ports = _mm_set1_epi32(-static_cast<int32_t>(direction));
    const __m128i tail = load16(&key.src_port);
    const __m128i swapped = _mm_shufflelo_epi16(tail, _MM_SHUFFLE(3, 2, 0, 1));
    const __m128i wanted = _mm_blendv_epi8(tail, swapped, swaps_ports);
    // Of the third 16 bytes, those that tell flows apart: ports, VLAN ids, protocol, version,
    // ports_absent.
    constexpr int tail_mask = (1 << (key_bytes - 32)) - 1;
    const __m128i ends = _mm_and_si128(_mm_cmpeq_epi8(load16(flow.src.data()), load16(src)),
                                       _mm_cmpeq_epi8(load16(flow.dst.data()), load16(dst)));
    const int tails = _mm_movemask_epi8(_mm_cmpeq_epi8(load16(&flow.src_port), wanted));
    // The id of fragments without ports may read the same from either side.
    const uint32_t no_side =
        key.ports_absent == packet::PortsAbsent::later_fragment ? direction : 0;
    const int differs = (_mm_movemask_epi8(ends) ^ 0xffff) | (~tails & tail_mask);
    return (static_cast<uint32_t>(differs) | no_side | (~flow.state & in_use)) == 0;
}

}  // namespace baleen::flow
