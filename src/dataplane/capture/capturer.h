// The capture stage: copies the packets that are wanted into chunks for the writer, and all of them
// into the history where there is one.
//
// Owns: which packets are wanted. Must hold: the worker never waits for a disk. A packet that is
// wanted is in a chunk, whole, sliced or cut, or is counted as left out with the reason.
//
// A flow may end while the batch is accounted; what is to be done with its packets is decided then
// (FlowEndListener), but all packets of a batch are copied in their order when all is decided.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dataplane/capture/capture_settings.h"
#include "dataplane/capture/chunk_stream.h"
#include "dataplane/capture/flow_trigger.h"
#include "dataplane/capture/interfaces.h"
#include "dataplane/counters.h"
#include "dataplane/filter_jit.h"
#include "dataplane/flow/due_lanes.h"
#include "dataplane/flow/flow_tracker.h"
#include "packet/batch.h"

namespace baleen::capture {

// What the stage knows of a flow: half a cache line.
struct CapturedFlow {
    uint64_t written_sequence;  // chunk that has its newest packet, plus one; 0: none has
    uint64_t history_sequence;  // the same in the history
    uint32_t history_flow;      // its entry there
    uint32_t packets;           // that have been looked at
    uint64_t bytes : 63;
    uint64_t is_chosen : 1;  // by a rule
};
static_assert(sizeof(CapturedFlow) == 32);

// What one worker shares with its writer, and the memory of its stage.
struct CaptureMemory {
    // `flow_count_max`: of the worker's flow table.
    static base::Result<CaptureMemory> create(const CaptureSettings& settings, uint32_t worker,
                                              uint64_t flow_count_max);

    std::unique_ptr<ChunkPool> written;  // null: nothing is but what triggers want
    std::unique_ptr<ChunkPool> history;  // null: there is none of its own
    std::unique_ptr<FlowTriggers> triggers;
    base::HugeMemory flows;  // CapturedFlow, one for each
};

class Capturer final : public flow::FlowEndListener {
public:
    // `memory` and all that is referred to outlive the stage.
    Capturer(const CaptureMemory& memory, const CaptureSettings& settings,
             const dataplane::FilterJit& filter, Interfaces& interfaces, flow::FlowTracker& flows,
             dataplane::Counters& counters);
    Capturer(const Capturer&) = delete;

    // Before the flow stage accounts the batch.
    void begin_batch(const packet::Batch& batch);
    // Behind all stages that may choose a flow.
    void capture_batch();
    // Packets come from a file, and the writer has to give chunks back first.
    bool must_wait() const;
    // At the end: what is at hand goes to the writer, and nothing follows.
    void close();

    void telling(uint32_t flow) override { decide_flow(flow); }
    void ending(uint32_t flow) override { decide_flow(flow); }
    void ended(uint32_t flow) override { captured_[flow] = {}; }

private:
    // What is to be done with a packet.
    struct Decision {
        uint64_t flow_id;        // 0: it is in none
        uint32_t flow;           // flow_absent: it is in none, or its flow has ended
        uint32_t rule_id;        // 0: none
        uint32_t written_bytes;  // not_wanted: not to be written
    };
    static constexpr uint32_t not_wanted = UINT32_MAX;

    struct Comment {
        std::array<char, 64> text;
        uint32_t length = 0;
        void add(std::string_view more) {
            length += static_cast<uint32_t>(more.copy(text.data() + length, text.size() - length));
        }
        void add(const fmt::format_int& number) { add({number.data(), number.size()}); }
        operator std::string_view() const { return {text.data(), length}; }
    };

    void decide_flow(uint32_t flow);
    void decide(uint32_t lane);
    void decide_without_flow(uint32_t lane);
    uint32_t bytes_of(uint32_t lane, uint32_t flow) const;
    void choose(uint32_t flow, CapturedFlow& captured);
    void prefetch() const;
    void copy(uint32_t lane);
    bool write(uint32_t lane, const packets::PacketView& packet, const Decision& decision);
    void remember(uint32_t lane, const packets::PacketView& packet, const Decision& decision,
                  bool has_been_written);
    bool is_indexed(uint32_t lane) const;
    packets::ChunkFlow flow_of(uint32_t lane, uint64_t flow_id) const;
    Comment comment_of(const Decision& decision) const;
    bool is_behind(const ChunkPool& pool) const { return pool.free_count() < pool.reserve() / 4; }

    const CaptureSettings settings_;
    const dataplane::FilterJit& filter_;
    Interfaces& interfaces_;
    flow::FlowTracker& flows_;
    dataplane::Counters& counters_;
    std::optional<ChunkStream> written_;
    std::optional<ChunkStream> history_;
    FlowTriggers& triggers_;
    std::span<CapturedFlow> captured_;
    flow::DueLanes lanes_;
    const packet::Batch* batch_ = nullptr;
    uint64_t decided_ = 0;  // lanes of the batch, a bit each
    bool is_cutting_ = false;
    std::array<Decision, limits::lane_count> decisions_;
};

}  // namespace baleen::capture
