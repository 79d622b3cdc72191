#include "dataplane/flow/fragment_table.h"

#include <algorithm>
#include <bit>

namespace baleen::flow {
namespace {

using packet::FragmentKind;
using stats::Counter;

uint64_t set_count(uint64_t datagram_count, uint64_t ways) {
    return std::bit_ceil((datagram_count + ways - 1) / ways);
}

}  // namespace

FragmentTable::FragmentTable(uint64_t datagram_count, int64_t timeout_ns,
                             const packet::HashKey& hash_key, dataplane::Counters& counters)
    : sets_(set_count(datagram_count, ways)),
      set_mask_(sets_.size() - 1),
      timeout_ns_(timeout_ns),
      hash_key_(hash_key),
      counters_(counters) {}

void FragmentTable::link_batch(packet::Batch& batch) {
    for (uint64_t lanes = batch.fragment_lanes; lanes != 0; lanes &= lanes - 1) {
        const auto lane = static_cast<uint32_t>(std::countr_zero(lanes));
        if (batch.verdicts[lane] == packet::Verdict::counted_flow) link(batch, lane);
    }
}

void FragmentTable::link(packet::Batch& batch, uint32_t lane) {
    packet::FlowKey& key = batch.keys[lane];
    packet::Fragment& fragment = batch.outer[lane].fragment;
    Datagram& datagram = find_or_take(fragment, batch.packets[lane].clock_ns);
    const bool is_first = batch.layers[lane].fragment == FragmentKind::first;
    // A first fragment behind a complete datagram begins another one: 16-bit ids come round within
    // seconds where much is fragmented. Later fragments behind it are taken for duplicates.
    if (is_first && is_complete(datagram)) {
        datagram.range_count = 0;
        datagram.end = 0;
    }
    if (!add_range(datagram, fragment.begin, fragment.end))
        counters_[Counter::note_fragment_overlap]++;
    if (fragment.is_last != 0)
        datagram.end = static_cast<uint16_t>(std::min<uint32_t>(fragment.end, UINT16_MAX));
    if (is_first) {
        if (datagram.has_unlinked) {
            batch.layers[lane].adopts_fragments = 1;
            fragment.unlinked_hash = packet::hash_flow(packet::unlinked_key(fragment), hash_key_);
        }
        datagram.has_unlinked = false;
        datagram.has_first = true;
        datagram.first_key = key;
    } else if (datagram.has_first) {
        key = datagram.first_key;
    } else {
        datagram.has_unlinked = true;
        counters_[Counter::note_fragment_unlinked]++;
    }
}

FragmentTable::Datagram& FragmentTable::find_or_take(const packet::Fragment& fragment,
                                                     int64_t clock_ns) {
    // RFC 791 section 3.2 identifies a datagram by addresses, protocol and id; RFC 8200 section 4.5
    // leaves the protocol out, which makes no difference as long as its sender is sane.
    const uint64_t hash = packet::hash_flow(packet::unlinked_key(fragment), hash_key_);
    Set& set = sets_[(hash >> 32) & set_mask_];
    Datagram* oldest = &set[0];
    for (Datagram& datagram : set) {
        const bool same = datagram.ip_version == fragment.ip_version &&
                          datagram.id == fragment.id && datagram.protocol == fragment.protocol &&
                          datagram.src == fragment.src && datagram.dst == fragment.dst &&
                          datagram.key_vlan_ids == fragment.key_vlan_ids;
        if (same && !is_over(datagram, clock_ns)) {
            datagram.clock_ns = clock_ns;
            return datagram;
        }
        // One that is over is as good as a free one.
        if (same || datagram.ip_version == 0) {
            oldest = &datagram;
            if (same) break;
        } else if (oldest->ip_version != 0 && datagram.clock_ns < oldest->clock_ns) {
            oldest = &datagram;
        }
    }
    if (oldest->ip_version != 0 && !is_over(*oldest, clock_ns))
        counters_[Counter::note_fragment_evicted]++;
    *oldest = {};
    oldest->src = fragment.src;
    oldest->dst = fragment.dst;
    oldest->id = fragment.id;
    oldest->key_vlan_ids = fragment.key_vlan_ids;
    oldest->protocol = fragment.protocol;
    oldest->ip_version = fragment.ip_version;
    oldest->clock_ns = clock_ns;
    return *oldest;
}

bool FragmentTable::add_range(Datagram& datagram, uint32_t begin, uint32_t end) {
    begin = std::min<uint32_t>(begin, UINT16_MAX);
    end = std::min<uint32_t>(end, UINT16_MAX);
    bool fresh = true;
    // Takes out every range that touches the new one, which grows by it, and puts the union back.
    uint32_t kept = 0;
    for (uint32_t i = 0; i < datagram.range_count; i++) {
        const Range range = datagram.ranges[i];
        if (range.end < begin || range.begin > end) {
            datagram.ranges[kept++] = range;
            continue;
        }
        fresh = fresh && (range.end == begin || range.begin == end);
        begin = std::min<uint32_t>(begin, range.begin);
        end = std::max<uint32_t>(end, range.end);
    }
    // With more holes than there is room for, what lies beyond is not checked.
    if (kept < ranges_max)
        datagram.ranges[kept++] = {static_cast<uint16_t>(begin), static_cast<uint16_t>(end)};
    datagram.range_count = static_cast<uint8_t>(kept);
    return fresh;
}

}  // namespace baleen::flow
