// Flows that are over, or left when a run ends: found, told and freed, many at a time.
//
// Each of the passes asks for the lines that the next one needs: the flow, then its place in the
// index and TCP's rare events.
#include <algorithm>
#include <array>
#include <span>

#include "dataplane/flow/flow_tracker.h"

namespace baleen::flow {

using record::EndReason;

// What end() touches beyond the flow itself, which has arrived.
void FlowTracker::prefetch_end(uint32_t index) const {
    const Flow& flow = table_[index];
    table_.prefetch_line(flow.hash);
    if ((flow.record_flags & record::has_tcp) != 0) table_.prefetch_tcp_whole(index);
}

bool FlowTracker::sweep(int64_t clock_ns) {
    const auto flow_count = static_cast<double>(table_.high_water());
    const auto passed_ns = static_cast<double>(clock_ns - sweep_clock_ns_);
    sweep_clock_ns_ = clock_ns;
    sweep_due_ = std::min(
        sweep_due_ + flow_count * passed_ns / static_cast<double>(sweep_period_ns_), flow_count);
    const auto looks = static_cast<uint32_t>(std::min<double>(sweep_due_, sweep_flows_max));
    sweep_due_ -= looks;
    std::array<uint32_t, sweep_flows_max> indices;
    uint32_t due = 0, over = 0;
    for (uint32_t i = 0; i < looks; i++) {
        if (sweep_at_ >= table_.high_water()) sweep_at_ = 0;
        const uint32_t index = sweep_at_++;
        if (clock_ns < table_.due_ns(index)) continue;
        table_.prefetch_whole(index);
        indices[due++] = index;
    }
    for (const uint32_t index : std::span(indices).first(due)) {
        const Flow& flow = table_[index];
        const bool in_table = (flow.state & in_use) != 0;
        table_.due_ns(index) = in_table ? due_ns(flow) : INT64_MAX;
        if (!in_table || !is_over(flow, clock_ns)) continue;
        prefetch_end(index);
        indices[over++] = index;
    }
    for (const uint32_t index : std::span(indices).first(over))
        end(index, reason_over(table_[index]));
    return sweep_due_ >= 1;
}

bool FlowTracker::drain(int64_t clock_ns) {
    std::array<uint32_t, sweep_flows_max> indices;
    const uint32_t told = std::min(table_.size(), sweep_flows_max);
    for (uint32_t found = 0; found < told;) {
        if (sweep_at_ >= table_.high_water()) sweep_at_ = 0;
        const uint32_t index = sweep_at_++;
        table_.prefetch_whole(index + heads_fetched_ahead);
        if ((table_[index].state & in_use) == 0) continue;
        prefetch_end(index);
        indices[found++] = index;
    }
    for (const uint32_t index : std::span(indices).first(told)) {
        const Flow& flow = table_[index];
        const bool over = is_over(flow, clock_ns) || (flow.state & finished) != 0;
        end(index, over ? reason_over(flow) : EndReason::forced_end);
    }
    return table_.size() > 0;
}

}  // namespace baleen::flow
