#include "control/store/rollup_span.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"

namespace baleen::store {
namespace {

RollupRow<32> pair_of(const RollupFlow& flow, const Sums& sums) {
    const bool is_reversed = flow.responder < flow.initiator;
    RollupRow<32> row{is_reversed ? sums.reversed() : sums, {}};
    auto end = std::ranges::copy(is_reversed ? flow.responder : flow.initiator, row.key.begin());
    std::ranges::copy(is_reversed ? flow.initiator : flow.responder, end.out);
    return row;
}

}  // namespace

void RollupSpan::add(std::span<const RollupFlow* const> flows) {
    BALEEN_ASSERT(flows.size() <= flows_at_once);
    std::array<RollupRow<16>, 2 * flows_at_once> hosts;
    std::array<RollupRow<4>, flows_at_once> ports;
    std::array<RollupRow<4>, flows_at_once> protocols;
    std::array<RollupRow<32>, flows_at_once> pairs;
    for (size_t i = 0; i < flows.size(); i++) {
        const RollupFlow& flow = *flows[i];
        const Sums sums = flow.sums();
        total_.add(sums);
        hosts[2 * i] = {sums, flow.initiator};
        hosts[2 * i + 1] = {sums.reversed(), flow.responder};
        ports[i] = {sums, {flow.port[0], flow.port[1], flow.port[2]}};
        protocols[i] = {sums, flow.protocol};
        pairs[i] = pair_of(flow, sums);
    }
    hosts_.add(std::span(hosts).first(2 * flows.size()));
    ports_.add(std::span(ports).first(flows.size()));
    protocols_.add(std::span(protocols).first(flows.size()));
    pairs_.add(std::span(pairs).first(flows.size()));
}

void RollupSpan::add(const RollupSpan& other) {
    total_.add(other.total_);
    hosts_.add(other.hosts_);
    ports_.add(other.ports_);
    protocols_.add(other.protocols_);
    pairs_.add(other.pairs_);
}

void RollupSpan::take(RollupSpan& other) {
    if (is_empty()) std::swap(*this, other);
    else add(other);
    other.clear();
}

void RollupSpan::clear() {
    total_ = {};
    hosts_.clear();
    ports_.clear();
    protocols_.clear();
    pairs_.clear();
}

}  // namespace baleen::store
