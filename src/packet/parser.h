// The parser: from captured bytes to verdict, flow key and layer facts, a batch at a time.
//
// Shape: reads Batch::packets[0, count), writes verdicts, keys and layers of the same lanes. A lane
// whose verdict is not counted_flow has a zero key. Errors: every refusal is a verdict, that is, a
// counter of counters.def with the reason in its name.
#pragma once

#include <array>

#include "baleen/stats.h"
#include "packet/batch.h"

namespace baleen::packet {

// Things said of packets that are counted elsewhere; the parser adds to them.
using Notes = std::array<uint64_t, stats::counter_count>;

struct ParseOptions {
    // Packets in different VLANs belong to different flows. Off: the key has no VLAN ids
    // (asymmetric tagging).
    bool key_vlan = true;
};

void parse_batch(Batch& batch, const ParseOptions& options, Notes& notes);

// One packet, for readers that look at packets one by one. `key` and `layers` as in Batch.
Verdict parse_packet(const Packet& packet, const ParseOptions& options, FlowKey& key,
                     Layers& layers, Notes& notes);

}  // namespace baleen::packet
