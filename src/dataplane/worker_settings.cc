#include "dataplane/worker_settings.h"

#include "config/slices.h"
#include "packets/chunk.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/assert.h"
#include "base/units.h"
#include "dataplane/flow/flow_table.h"
#include "packet/parse_kernel.h"
#include "packet/parse_options.h"

namespace baleen::dataplane {
namespace {

// Of the budget in bytes, if there is one; else of the number of flows.
base::Result<uint64_t> flows_per_worker(const config::Settings& settings) {
    const uint64_t workers = settings.worker.count;
    const uint64_t budget = settings.flow.memory_bytes;
    const auto splt = static_cast<uint32_t>(settings.flow.splt_packets);
    const bool matches = !settings.rules.files.empty();
    const uint64_t flows = budget != 0 ? flow::FlowTable::flows_in(budget / workers, splt, matches)
                                       : settings.flow.max_flows / workers;
    if (flows == 0)
        return base::Error{
            fmt::format("flow.memory = {} is too little for one flow in each of {} "
                        "workers; raise it",
                        base::format_bytes(budget), workers)};
    const uint64_t bytes = workers * flow::FlowTable::memory_bytes(flows, splt, matches);
    const auto memory = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    if (bytes > memory)
        return base::Error{
            fmt::format("{} flows in each of {} workers take {}, and this machine "
                        "has {}; lower flow.max_flows or flow.memory",
                        flows, workers, base::format_bytes(bytes), base::format_bytes(memory))};
    return flows;
}

match::MatchSettings match_settings(const config::Settings& settings, uint64_t flow_count) {
    const config::Settings::Match& match = settings.match;
    const uint64_t workers = settings.worker.count;
    const uint64_t reorder_bytes = match.reorder_memory_bytes / workers;
    const uint64_t streams = match.streams != 0 ? match.streams / workers : flow_count / 4;
    return {.streams = {.contexts_max = std::max<uint64_t>(1, streams),
                        .buffer_bytes = reorder_bytes,
                        .buffer_bytes_per_direction =
                            std::min(match.stream_depth_bytes + 4096, reorder_bytes),
                        .depth_bytes = match.stream_depth_bytes},
            .state_bytes = match.state_memory_bytes / workers,
            .kept_bytes = match.kept_memory_bytes / workers,
            .events_per_flow = static_cast<uint32_t>(match.events_per_flow),
            .events_per_second = static_cast<uint32_t>(match.events_per_second),
            .excerpt_bytes = static_cast<uint32_t>(match.excerpt_bytes),
            .profile = match.profile};
}

protocol::ProtocolSettings protocol_settings(const config::Settings& settings,
                                             uint64_t flow_count) {
    const config::Settings::Protocol& protocol = settings.protocol;
    const uint64_t workers = settings.worker.count;
    const uint64_t wanted =
        protocol.conversations != 0 ? protocol.conversations / workers : flow_count / 8;
    return {.conversations = {.conversations_max = std::max<uint64_t>(1, wanted),
                              .kept_bytes = protocol.memory_bytes / workers,
                              .long_tail = protocol.ndpi},
            .reorder_bytes = protocol.reorder_memory_bytes / workers,
            .facts_bytes = protocol.facts_memory_bytes / workers,
            .events_per_second = static_cast<uint32_t>(protocol.events_per_second)};
}

capture::CaptureSettings capture_settings(const config::Settings& settings) {
    const config::Settings::Capture& from = settings.capture;
    const auto chunks_in = [&](uint64_t bytes) {
        const uint64_t chunk =
            packets::chunk_bytes_max + packets::chunk_flows_max * sizeof(packets::ChunkFlow);
        return static_cast<uint32_t>(bytes / chunk / settings.worker.count);
    };
    capture::CaptureSettings to;
    to.select = from.select == "all"     ? capture::Select::all
                : from.select == "rules" ? capture::Select::rules
                                         : capture::Select::none;
    to.has_filter = !from.filter.empty();
    if (from.flow_packets != 0) to.flow_packets = static_cast<uint32_t>(from.flow_packets);
    if (from.flow_bytes != 0) to.flow_bytes = from.flow_bytes;
    to.snaplen = static_cast<uint32_t>(from.snaplen_bytes);
    const auto slices = config::parse_slices(from.slices);
    to.has_slices = !from.slices.empty() && slices;
    to.slices.fill(UINT32_MAX);
    if (slices)
        for (const config::Slice& slice : *slices)
            to.slices[static_cast<size_t>(slice.app_proto)] = slice.bytes;
    to.cut_bytes = static_cast<uint32_t>(from.cut_bytes);
    to.comments = from.comments && from.format == "pcapng";
    to.may_wait = !settings.is_live();
    to.flush_interval_ns = static_cast<uint64_t>(from.flush_interval_ns);
    to.chunks = chunks_in(from.memory_bytes);
    to.history_chunks = chunks_in(from.history_bytes);
    to.history_snaplen = static_cast<uint32_t>(from.history_snaplen_bytes);
    return to;
}

packet::HashKey hash_key_of(const std::string& text) {
    packet::HashKey key;
    if (text == "random") {
        const ssize_t got = ::getrandom(key.words.data(), sizeof key.words, 0);
        BALEEN_ASSERT(got == sizeof key.words);
        return key;
    }
    for (size_t i = 0; i < key.words.size(); i++)  // config::check() has seen 64 hexadecimal digits
        std::from_chars(text.data() + 16 * i, text.data() + 16 * (i + 1), key.words[i], 16);
    return key;
}

}  // namespace

base::Result<WorkerSettings> make_worker_settings(const config::Settings& settings,
                                                  std::vector<std::string>& notices) {
    WorkerSettings worker;
    worker.parse.key_vlan = settings.parse.key_vlan;
    if (auto status = packet::set_tunnels(settings.parse.tunnels, worker.parse); !status)
        return status.error();
    auto kernel = packet::choose_parse_kernel(settings.parse.kernel);
    if (!kernel) return kernel.error();
    worker.parse_batch = kernel->parse_batch;
    notices.push_back(fmt::format("parsing with the {} kernel", kernel->name));
    worker.verify_checksums = settings.parse.verify_checksums;
    worker.hash_key = hash_key_of(settings.worker.hash_key);
    worker.burst = static_cast<uint32_t>(settings.worker.burst);
    worker.wait_for_reader = settings.ring.when_full == "wait" ||
                             (settings.ring.when_full == "auto" && !settings.is_live());
    const auto flow_count = flows_per_worker(settings);
    if (!flow_count) return flow_count.error();
    worker.flow = {.flow_count_max = *flow_count,
                   .idle_timeout_ns = settings.flow.idle_timeout_ns,
                   .active_timeout_ns = settings.flow.active_timeout_ns,
                   .tcp_end_timeout_ns = settings.flow.tcp_end_timeout_ns,
                   .fragment_timeout_ns = settings.flow.fragment_timeout_ns,
                   .splt_packets = static_cast<uint32_t>(settings.flow.splt_packets),
                   .matches = !settings.rules.files.empty(),
                   .hash_key = worker.hash_key};
    worker.fragmented_datagrams = settings.flow.fragmented_datagrams;
    worker.has_protocols = settings.protocol.enabled;
    worker.protocol = protocol_settings(settings, *flow_count);
    worker.has_rules = worker.flow.matches;
    worker.match = match_settings(settings, *flow_count);
    worker.has_capture = !settings.capture.directory.empty();
    worker.capture = capture_settings(settings);
    return worker;
}

}  // namespace baleen::dataplane
