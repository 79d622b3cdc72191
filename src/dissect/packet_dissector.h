// What application protocols say, packet by packet: the flow and protocol stages on one packet at a
// time.
//
// Owns: a flow table, conversations, and a ring that is read at once. What a packet completes is
// told with it; what only the end of a flow tells, such as a request without an answer, when that
// comes: with a later packet, or at the end of all.
// Must hold: packets come in the order of capture, each before the next one is looked at.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "baleen/ring_reader.h"
#include "dataplane/counters.h"
#include "dataplane/flow/flow_tracker.h"
#include "dataplane/protocol/inspector.h"
#include "dissect/fragment_linker.h"
#include "record/app_event.h"

namespace baleen::dissect {

class PacketDissector {
public:
    static base::Result<std::unique_ptr<PacketDissector>> create();

    struct Dissected {
        uint64_t flow_id = 0;                                              // 0: it is in none
        application::AppProto app_proto = application::AppProto::unknown;  // of its flow, so far
        // Both are valid until the next packet.
        std::span<const record::AppMessage> events;
        std::span<const record::AppMessage> events_of_ended_flows;
    };

    // A batch of one packet, parsed; `batch.clock_ns` is the source's clock.
    Dissected take(packet::Batch& batch);
    // Behind the last packet: what flows that were open had to tell. Call until it is empty.
    std::span<const record::AppMessage> drain();

private:
    PacketDissector(flow::FlowTable table, protocol::InspectorMemory memory, ring::NewRing ring);
    void read_events(uint64_t flow_id);

    ring::NewRing ring_;
    ring::Reader reader_;
    ring::Writer writer_;
    dataplane::Counters counters_;
    FragmentLinker fragments_;
    flow::FlowTracker flows_;
    protocol::Inspector inspector_;
    packet::Batch none_;
    std::vector<record::AppMessage> events_;
    std::vector<record::AppMessage> events_of_ended_;
    int64_t clock_ns_ = 0;
};

}  // namespace baleen::dissect
