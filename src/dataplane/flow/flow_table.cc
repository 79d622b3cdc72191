#include "dataplane/flow/flow_table.h"

#include <immintrin.h>

#include <bit>
#include <cstddef>
#include <cstring>

namespace baleen::flow {
namespace {

using packet::flow_absent;
using packet::FlowKey;

// Lines are filled to three quarters on average, so that with random hashes fewer than one flow in
// fifty lies outside its own line (Poisson, mean 7.5, more than 10: 13 % of lines hold one or two
// too many).
constexpr double slots_used_per_line = 7.5;

// Beside the index: the flow, what only some have, when it is due, and a place on the free stack.
constexpr uint64_t bytes_per_flow = sizeof(Flow) + sizeof(TcpFlow) + sizeof(record::Encapsulation) +
                                    sizeof(int64_t) + sizeof(uint32_t);

}  // namespace

uint64_t FlowTable::line_count(uint64_t flow_count_max) {
    return std::bit_ceil(
        static_cast<uint64_t>(static_cast<double>(flow_count_max) / slots_used_per_line) + 1);
}

uint64_t FlowTable::memory_bytes(uint64_t flow_count_max, uint32_t splt_packets, bool matches) {
    return line_count(flow_count_max) * sizeof(IndexLine) +
           flow_count_max * (bytes_per_flow + splt_packets * sizeof(record::SpltPacket) +
                             (matches ? sizeof(record::Matches) : 0));
}

uint64_t FlowTable::flows_in(uint64_t bytes, uint32_t splt_packets, bool matches) {
    uint64_t fits = 0, fits_not = (uint64_t{1} << 31) + 1;
    while (fits_not - fits > 1) {
        const uint64_t middle = fits + (fits_not - fits) / 2;
        (memory_bytes(middle, splt_packets, matches) <= bytes ? fits : fits_not) = middle;
    }
    return fits;
}

base::Result<FlowTable> FlowTable::create(uint64_t flow_count_max, uint32_t splt_packets,
                                          bool matches) {
    BALEEN_ASSERT(splt_packets <= record::splt_packets_max);
    BALEEN_ASSERT(flow_count_max >= 1 && flow_count_max <= uint64_t{1} << 31);
    const uint64_t lines = line_count(flow_count_max);
    auto line_memory = base::HugeMemory::allocate(lines * sizeof(IndexLine));
    if (!line_memory) return line_memory.error();
    auto flow_memory = base::HugeMemory::allocate(flow_count_max * sizeof(Flow));
    if (!flow_memory) return flow_memory.error();
    auto tcp_memory = base::HugeMemory::allocate(flow_count_max * sizeof(TcpFlow));
    if (!tcp_memory) return tcp_memory.error();
    auto encapsulation_memory =
        base::HugeMemory::allocate(flow_count_max * sizeof(record::Encapsulation));
    if (!encapsulation_memory) return encapsulation_memory.error();
    auto matches_memory =
        base::HugeMemory::allocate(matches ? flow_count_max * sizeof(record::Matches) : 0);
    if (matches && !matches_memory) return matches_memory.error();
    auto splt_memory =
        base::HugeMemory::allocate(flow_count_max * splt_packets * sizeof(record::SpltPacket));
    if (splt_packets > 0 && !splt_memory) return splt_memory.error();
    auto due_memory = base::HugeMemory::allocate(flow_count_max * sizeof(int64_t));
    if (!due_memory) return due_memory.error();
    auto free_memory = base::HugeMemory::allocate(flow_count_max * sizeof(uint32_t));
    if (!free_memory) return free_memory.error();

    FlowTable table;
    table.lines_ = line_memory->as<IndexLine>(lines).data();
    table.flows_ = flow_memory->as<Flow>(flow_count_max).data();
    table.tcp_flows_ = tcp_memory->as<TcpFlow>(flow_count_max).data();
    table.encapsulations_ = encapsulation_memory->as<record::Encapsulation>(flow_count_max).data();
    if (matches) {
        table.matches_ = matches_memory->as<record::Matches>(flow_count_max).data();
        table.matches_memory_ = std::move(*matches_memory);
    }
    if (splt_packets > 0) {
        table.splt_packets_ =
            splt_memory->as<record::SpltPacket>(flow_count_max * splt_packets).data();
        table.splt_memory_ = std::move(*splt_memory);
        table.splt_count_ = splt_packets;
    }
    table.due_ns_ = due_memory->as<int64_t>(flow_count_max).data();
    table.free_ = free_memory->as<uint32_t>(flow_count_max).data();
    table.line_memory_ = std::move(*line_memory);
    table.flow_memory_ = std::move(*flow_memory);
    table.tcp_memory_ = std::move(*tcp_memory);
    table.encapsulation_memory_ = std::move(*encapsulation_memory);
    table.due_memory_ = std::move(*due_memory);
    table.free_memory_ = std::move(*free_memory);
    table.line_mask_ = lines - 1;
    table.capacity_ = static_cast<uint32_t>(flow_count_max);
    return table;
}

FlowTable::Found FlowTable::find(const FlowKey& key, uint64_t hash) const {
    const uint16_t tag = tag_of(hash);
    for (uint64_t at = hash & line_mask_;; at = (at + 1) & line_mask_) {
        const IndexLine& line = lines_[at];
        for (uint32_t hits = matching_slots(line, tag); hits != 0; hits &= hits - 1) {
            const uint32_t index = line.flows[__builtin_ctz(hits)];
            for (const uint32_t direction : {0u, 1u})
                if (matches(flows_[index], key, direction)) return {index, direction};
        }
        if (line.overflowed == 0) return {flow_absent, 0};
    }
}

void FlowTable::prefetch_free(uint32_t skipped, bool is_tcp) const {
    uint32_t index;
    if (skipped < free_count_) index = free_[free_count_ - 1 - skipped];
    else if (index = high_water_ + (skipped - free_count_); index >= capacity_) return;
    prefetch_whole(index);
    if (is_tcp) prefetch_tcp_whole(index);
}

void FlowTable::prefetch_whole(uint32_t index) const {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&flows_[index]);
    for (uint32_t offset = 0; offset < sizeof(Flow); offset += 64)
        __builtin_prefetch(bytes + offset, 0, 2);
}

void FlowTable::prefetch_tcp_whole(uint32_t index) const {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&tcp_flows_[index]);
    for (uint32_t offset = 0; offset <= offsetof(TcpFlow, history); offset += 64)
        __builtin_prefetch(bytes + offset, 0, 2);
}

uint32_t FlowTable::insert(const FlowKey& key, uint64_t hash) {
    BALEEN_ASSERT(size_ < capacity_);
    const uint32_t index = free_count_ > 0 ? free_[--free_count_] : high_water_++;
    Flow& flow = flows_[index];
    flow = Flow{};
    std::memcpy(&flow, &key, key_bytes);
    flow.state = in_use;
    flow.hash = hash;
    size_++;
    for (uint64_t at = hash & line_mask_;; at = (at + 1) & line_mask_) {
        IndexLine& line = lines_[at];
        const uint32_t free_slots = matching_slots(line, 0);
        if (free_slots != 0) {
            const auto slot = static_cast<uint32_t>(__builtin_ctz(free_slots));
            line.tags[slot] = static_cast<uint16_t>(tag_of(hash) | side_of(key));
            line.flows[slot] = index;
            return index;
        }
        line.overflowed++;
    }
}

void FlowTable::erase(uint32_t index) {
    Flow& flow = flows_[index];
    BALEEN_ASSERT((flow.state & in_use) != 0);
    const uint16_t tag = tag_of(flow.hash);
    for (uint64_t at = flow.hash & line_mask_;; at = (at + 1) & line_mask_) {
        IndexLine& line = lines_[at];
        for (uint32_t hits = matching_slots(line, tag); hits != 0; hits &= hits - 1) {
            const auto slot = static_cast<uint32_t>(__builtin_ctz(hits));
            if (line.flows[slot] != index) continue;
            line.tags[slot] = 0;
            flow.state = 0;
            free_[free_count_++] = index;
            size_--;
            return;
        }
        BALEEN_ASSERT(line.overflowed > 0);
        line.overflowed--;
    }
}

}  // namespace baleen::flow
