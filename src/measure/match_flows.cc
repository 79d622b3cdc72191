#include "measure/match_flows.h"

#include "packet/flow_hash.h"

namespace baleen::measure {

base::Result<std::unique_ptr<MatchFlows>> MatchFlows::create(
    std::vector<packet::Packet> packets, const dataplane::WorkerSettings& settings) {
    auto table = flow::FlowTable::create(settings.flow.flow_count_max, 0, settings.flow.matches);
    if (!table) return table.error();
    auto ring = OwnRing::create();
    if (!ring) return ring.error();
    return std::unique_ptr<MatchFlows>(
        new MatchFlows(std::move(packets), settings, std::move(*table), std::move(*ring)));
}

MatchFlows::MatchFlows(std::vector<packet::Packet> packets,
                       const dataplane::WorkerSettings& settings, flow::FlowTable table,
                       OwnRing ring)
    : source_(std::move(packets)),
      settings_(settings),
      ring_(std::move(ring)),
      writer_(ring_.writer()),
      fragments_(settings.fragmented_datagrams, settings.flow.fragment_timeout_ns,
                 settings.hash_key, counters_),
      flows_(std::move(table), settings.flow, writer_, counters_) {}

void MatchFlows::parse(packet::Batch& batch, uint32_t count) {
    source_.receive(batch, count);
    batch.clock_ns = source_.clock_ns();
    settings_.parse_batch(batch, settings_.parse, counters_.values());
    fragments_.link_batch(batch);
    packet::hash_batch(batch, settings_.hash_key);
    flows_.prefetch_lines(batch);
}

void MatchFlows::publish() {
    // What 32 batches tell is a fraction of the ring.
    constexpr uint64_t batches_between_drains = 32;
    writer_.publish();
    if (++published_ % batches_between_drains == 0) ring_.drain();
}

}  // namespace baleen::measure
