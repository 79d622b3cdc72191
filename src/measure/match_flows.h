// A capture out of memory through parser and flow stage, as in the worker, with another stage
// behind them.
//
// Why rounds end all flows: a capture that is played again repeats the sequence numbers of its
// connections, and streams that go on would take all of it for sent again and scan nothing. So
// every round begins with an empty flow table, and a stage that listens to the end of flows has
// closed its streams by then.
#pragma once

#include <memory>

#include "dataplane/counters.h"
#include "dataplane/flow/flow_tracker.h"
#include "dataplane/flow/fragment_table.h"
#include "dataplane/worker_settings.h"
#include "drivers/synth/capture_loop.h"
#include "measure/own_ring.h"

namespace baleen::measure {

class MatchFlows {
public:
    static base::Result<std::unique_ptr<MatchFlows>> create(
        std::vector<packet::Packet> packets, const dataplane::WorkerSettings& settings);

    // `stage.begin(batch)` before a batch is accounted, `stage.take(batch)` behind.
    template <class Stage>
    void play_round(Stage& stage) {
        uint64_t left = source_.packets_per_round();
        while (left > 0 || parsed_->count > 0) {
            parse(*fresh_, static_cast<uint32_t>(std::min<uint64_t>(left, limits::lane_count)));
            left -= fresh_->count;
            stage.begin(*parsed_);
            flows_.account_batch(*parsed_, *fresh_);
            stage.take(*parsed_);
            parsed_->count = 0;
            std::swap(parsed_, fresh_);
            publish();
        }
        while (flows_.drain(source_.clock_ns())) publish();
    }

    flow::FlowTracker& flows() { return flows_; }
    ring::Writer& ring() { return writer_; }
    dataplane::Counters& counters() { return counters_; }

private:
    MatchFlows(std::vector<packet::Packet> packets, const dataplane::WorkerSettings& settings,
               flow::FlowTable table, OwnRing ring);
    void parse(packet::Batch& batch, uint32_t count);
    void publish();

    drivers::CaptureLoop source_;
    const dataplane::WorkerSettings settings_;
    OwnRing ring_;
    ring::Writer writer_;
    dataplane::Counters counters_;
    flow::FragmentTable fragments_;
    flow::FlowTracker flows_;
    uint64_t published_ = 0;
    std::array<packet::Batch, 2> batches_;
    packet::Batch* parsed_ = &batches_[0];
    packet::Batch* fresh_ = &batches_[1];
};

}  // namespace baleen::measure
