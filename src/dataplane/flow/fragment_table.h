// The fragment stage: gives later fragments of an IP datagram, which have no ports, the flow key of
// their first one.
//
// Owns: one worker's memory of fragmented datagrams, all of it taken at start. Shape: changes keys
// and layers of the lanes in Batch::fragment_lanes, before the flow hash is made. A later fragment
// that comes before its first one keeps its own key (PortsAbsent::later_fragment); when the first
// one comes, Layers::adopts_fragments tells the flow stage to join the two.
//
// Must hold: what a fragment becomes depends on its datagram's packets only, as long as no
// datagram is evicted (note.fragment_evicted counts those).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/counters.h"
#include "packet/batch.h"
#include "packet/flow_hash.h"

namespace baleen::flow {

class FragmentTable {
public:
    // Room for `datagram_count` or a few more. A datagram is forgotten `timeout_ns` after the last
    // fragment of it that was seen.
    FragmentTable(uint64_t datagram_count, int64_t timeout_ns, const packet::HashKey& hash_key,
                  dataplane::Counters& counters);

    void link_batch(packet::Batch& batch);

private:
    // Bytes of the datagram's payload that have come: [begin, end). RFC 791: 65535 at most.
    struct Range {
        uint16_t begin;
        uint16_t end;
    };
    // Ranges that touch are one, so that fragments in order, or in reverse, need a single one.
    static constexpr uint32_t ranges_max = 8;

    struct alignas(64) Datagram {
        std::array<uint8_t, 16> src;
        std::array<uint8_t, 16> dst;
        uint32_t id;
        packet::VlanIds key_vlan_ids;
        uint8_t protocol;
        uint8_t ip_version;  // 0: free
        bool has_first;
        bool has_unlinked;  // later fragments came before the first one
        uint8_t range_count;
        uint16_t end;  // of the datagram's payload, 0 as long as its last fragment has not come
        std::array<Range, ranges_max> ranges;
        int64_t clock_ns;  // of the latest fragment
        packet::FlowKey first_key;
    };
    static_assert(sizeof(Datagram) == 192, "told in config/schema.cc");
    static constexpr uint32_t ways = 4;
    using Set = std::array<Datagram, ways>;

    void link(packet::Batch& batch, uint32_t lane);
    Datagram& find_or_take(const packet::Fragment& fragment, int64_t clock_ns);
    bool is_over(const Datagram& datagram, int64_t clock_ns) const {
        return clock_ns - datagram.clock_ns >= timeout_ns_;
    }
    static bool is_complete(const Datagram& datagram) {
        return datagram.range_count == 1 && datagram.ranges[0].begin == 0 && datagram.end != 0 &&
               datagram.ranges[0].end >= datagram.end;
    }
    // False: some of [begin, end) has come before.
    static bool add_range(Datagram& datagram, uint32_t begin, uint32_t end);

    std::vector<Set> sets_;
    uint64_t set_mask_;
    int64_t timeout_ns_;
    packet::HashKey hash_key_;
    dataplane::Counters& counters_;
};

}  // namespace baleen::flow
