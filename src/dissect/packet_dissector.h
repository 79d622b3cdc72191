// What application protocols say, packet by packet: the flow and protocol stages on one packet at a
// time.
//
// Owns: a flow table, conversations, and a ring that is read at once. What a packet completes is
// told with it; what only the end of its flow would tell, is not.
// Must hold: packets come in the order of capture, each before the next one is looked at.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "baleen/ring_reader.h"
#include "dataplane/counters.h"
#include "dataplane/flow/flow_tracker.h"
#include "dataplane/flow/fragment_table.h"
#include "dataplane/protocol/inspector.h"
#include "record/app_event.h"

namespace baleen::dissect {

class PacketDissector {
public:
    static base::Result<std::unique_ptr<PacketDissector>> create();

    struct Dissected {
        uint64_t flow_id = 0;                                              // 0: it is in none
        application::AppProto app_proto = application::AppProto::unknown;  // of its flow, so far
        std::span<const record::AppMessage> events;  // valid until the next packet
    };

    // A batch of one packet, parsed; `batch.clock_ns` is the source's clock.
    Dissected take(packet::Batch& batch);

private:
    PacketDissector(flow::FlowTable table, protocol::InspectorMemory memory, ring::NewRing ring);
    void read_events(uint64_t flow_id);

    ring::NewRing ring_;
    ring::Reader reader_;
    ring::Writer writer_;
    dataplane::Counters counters_;
    flow::FragmentTable fragments_;
    flow::FlowTracker flows_;
    protocol::Inspector inspector_;
    packet::Batch none_;
    std::vector<record::AppMessage> events_;
};

}  // namespace baleen::dissect
