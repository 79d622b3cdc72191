// The protocol stage: lets the parsers of application protocols hear what flows say, and tells what
// they find out, as events in the ring and in the flows' records.
//
// Owns: which flow has a conversation (conversation.h), and the TCP streams put in order for it. A
// flow whose conversation is over, or that has none, costs one test of a line that the flow stage
// has just had.
//
// What costs memory has a budget, and what does not fit has a counter: where all conversations are
// in use, one that has been silent for silent_ns gives its place up; if there is none, the new flow
// is not inspected. So a million half-open handshakes take what memory there is, for that long.
#pragma once

#include <memory>
#include <vector>

#include "base/huge_memory.h"
#include "dataplane/counters.h"
#include "dataplane/flow/due_lanes.h"
#include "dataplane/flow/flow_tracker.h"
#include "dataplane/protocol/conversation.h"
#include "dataplane/protocol/flow_facts.h"
#include "dataplane/protocol/protocol_settings.h"
#include "dataplane/stream/reassembler.h"
#include "packet/batch.h"
#include "ring/writer.h"

namespace baleen::protocol {

// What the stage knows of a flow.
struct Inspected {
    uint32_t conversation;  // while flow::in_conversation
    Facts facts;
};
// Whose a conversation is.
struct Held {
    uint32_t flow;
    uint32_t stream;                      // of the reassembler; handle_absent for datagrams
    std::array<uint64_t, 2> heard_bytes;  // of each direction's stream, gaps included
};

// The memory of one worker's inspector, taken at start.
struct InspectorMemory {
    // `flow_count_max`: of the worker's flow table.
    static base::Result<InspectorMemory> create(const ProtocolSettings& settings,
                                                uint64_t flow_count_max);

    Conversations conversations;
    stream::Reassembler reassembler;
    FlowFacts facts;
    base::HugeMemory flows;  // Inspected, one for each flow
    base::HugeMemory held;   // Held, one for each conversation
};

class Inspector final : public flow::FlowEndListener,
                        public flow::ApplicationSource,
                        private EventSink {
public:
    Inspector(InspectorMemory memory, const ProtocolSettings& settings, flow::FlowTracker& flows,
              ring::Writer& ring, dataplane::Counters& counters);
    Inspector(const Inspector&) = delete;

    // Before the flow stage accounts the batch, so that flows that end meanwhile find theirs.
    void begin_batch(packet::Batch& batch) { lanes_.begin(batch); }
    // Behind it: what has not been inspected on that occasion.
    void inspect_batch();

    void telling(uint32_t flow) override;
    void ending(uint32_t flow) override;
    void ended(uint32_t flow) override;
    void write_section(uint32_t flow, record::Application& section) override;
    AppProto app_proto(uint32_t flow) const override { return inspected_[flow].facts.app_proto; }

private:
    // The packet, or end of a flow, that the stage is busy with.
    struct Occasion {
        uint32_t flow;
        int64_t time_ns;
        int64_t clock_ns;
    };

    void prefetch() const;
    void inspect_lane(uint32_t lane);
    void inspect_datagram(uint32_t lane, uint32_t handle);
    void inspect_segment(uint32_t lane, uint32_t handle);
    uint32_t begin(uint32_t lane, bool is_tcp);
    uint32_t take_place(Transport transport);
    bool give_up_silent();
    void hear_chunk(uint32_t handle, const stream::Chunk& chunk);
    void take_outcome(uint32_t handle, Conversations::Outcome outcome);
    void note_protocol(AppProto app_proto);
    void finish(uint32_t flow);
    Occasion occasion_of_end(uint32_t flow) const;
    Turn turn_of(uint32_t direction) const;
    void publish_counts();
    bool may_tell();
    void tell(const Turn& turn, AppProto app_proto, const FieldWriter& fields) override;

    InspectorMemory memory_;
    const ProtocolSettings settings_;
    flow::FlowTracker& flows_;
    ring::Writer& ring_;
    dataplane::Counters& counters_;
    std::span<Inspected> inspected_;
    std::span<Held> held_;
    flow::DueLanes lanes_;
    Occasion now_{};
    bool is_over_ = false;  // the conversation at work
    int64_t second_ = 0;    // of the source clock, in which
    uint32_t events_this_second_ = 0;
    uint32_t suppressed_ = 0;
    uint32_t hand_ = 0;  // conversation that was looked at last for a silent one
};

}  // namespace baleen::protocol
