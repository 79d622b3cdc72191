// The lanes of a batch that a stage behind the flow stage has not seen to yet.
//
// Why not a plain loop over the batch: a flow may end while the batch is accounted, and then its
// packets have to be seen to before (FlowEndListener), and not again.
#pragma once

#include <cstdint>

#include "packet/batch.h"

namespace baleen::flow {

class DueLanes {
public:
    // Before the flow stage accounts the batch.
    void begin(const packet::Batch& batch) {
        batch_ = &batch;
        seen_ = 0;
    }

    // Those of one flow, counted so far. `visit` is called with a lane.
    template <class Visit>
    void visit_flow(uint32_t flow, const Visit& visit) {
        for (uint32_t lane = 0; batch_ != nullptr && lane < batch_->count; lane++)
            if (batch_->flows[lane].index == flow) visit_if_due(lane, visit);
    }
    // All that are left; the batch is over then.
    template <class Visit>
    void visit_rest(const Visit& visit) {
        for (uint32_t lane = 0; lane < batch_->count; lane++) visit_if_due(lane, visit);
        end();
    }
    // What is left is not to be seen to.
    void end() { batch_ = nullptr; }

    const packet::Batch& batch() const { return *batch_; }

private:
    // Counted in its flow, and not seen to yet.
    template <class Visit>
    void visit_if_due(uint32_t lane, const Visit& visit) {
        if (batch_->flows[lane].is_counted == 0 || (seen_ >> lane & 1) != 0) return;
        seen_ |= uint64_t{1} << lane;
        visit(lane);
    }

    const packet::Batch* batch_ = nullptr;  // between begin() and end()
    uint64_t seen_ = 0;
};

}  // namespace baleen::flow
