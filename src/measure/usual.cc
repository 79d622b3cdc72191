#include "measure/usual.h"

#include <algorithm>

#include "config/settings.h"
#include "drivers/synth/flow_order.h"
#include "packet/flow_hash.h"
#include "packet/parser.h"

namespace baleen::measure {

using dataplane::WorkerSettings;

WorkerSettings worker_settings(const packet::ParseKernel& kernel, uint64_t seed,
                               uint64_t capacity) {
    const config::Settings::Flow usual;
    WorkerSettings settings;
    settings.parse_batch = kernel.parse_batch;
    for (uint64_t i = 0; i < settings.hash_key.words.size(); i++)
        settings.hash_key.words[i] = drivers::scatter(seed + (i + 1) * 0x9e3779b97f4a7c15);
    settings.flow = {.flow_count_max = capacity,
                     .idle_timeout_ns = usual.idle_timeout_ns,
                     .active_timeout_ns = usual.active_timeout_ns,
                     .tcp_end_timeout_ns = usual.tcp_end_timeout_ns,
                     .fragment_timeout_ns = usual.fragment_timeout_ns,
                     .hash_key = settings.hash_key};
    settings.fragmented_datagrams = usual.fragmented_datagrams;
    return settings;
}

uint32_t Divider::worker_of(const packet::Packet& packet) {
    packet::Notes notes{};
    packet::FlowKey key;
    packet::Layers layers;
    packet::Outer outer;
    const auto verdict = packet::parse_packet(packet, {}, key, layers, outer, notes);
    if (verdict != packet::Verdict::counted_flow) return 0;
    const auto worker =
        static_cast<uint32_t>(packet::hash_host_pair(key, packet::fixed_hash_key) % hashes_.size());
    hashes_[worker].push_back(packet::hash_flow(key, packet::fixed_hash_key));
    return worker;
}

uint64_t Divider::flows_of(uint32_t worker) {
    auto& of_worker = hashes_[worker];
    std::sort(of_worker.begin(), of_worker.end());
    of_worker.erase(std::unique(of_worker.begin(), of_worker.end()), of_worker.end());
    return of_worker.size();
}

}  // namespace baleen::measure
