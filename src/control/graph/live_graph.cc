#include "control/graph/live_graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "base/random_seed.h"
#include "base/units.h"

namespace baleen::graph {
namespace {

// So many updates ahead the table's slot is on its way: a few hundred ns, the time of a DRAM access
// under load.
constexpr size_t prefetch_distance = 8;
// Memory is looked at after so many records, which add 1 KiB each at most.
constexpr size_t memory_check_records = 256;
// So many records in a row that are late in every window are no stragglers: another capture is
// replayed, or the clock was set.
constexpr uint64_t restart_records = 1000;
// Of a record, whatever it says; the idle timeout is added to it.
constexpr int64_t time_max_ns = INT64_MAX / 2;

std::vector<Window> make_windows(const std::vector<int64_t>& lengths) {
    std::vector<Window> windows;
    for (const int64_t length : lengths) windows.emplace_back(length);
    return windows;
}

}  // namespace

base::Result<std::vector<int64_t>> parse_windows(const std::vector<std::string>& texts) {
    constexpr size_t window_count_max = 8;
    std::vector<int64_t> windows;
    for (const std::string& text : texts) {
        const auto length = base::parse_duration_ns(text);
        if (!length) return base::Error{"graph.windows: " + length.error().message};
        if (*length < 1'000'000'000)
            return base::Error{fmt::format("graph.windows: '{}' is shorter than a second", text)};
        if (!windows.empty() && *length <= windows.back())
            return base::Error{
                fmt::format("graph.windows: '{}' is not longer than the one before it", text)};
        windows.push_back(*length);
    }
    if (windows.empty() || windows.size() > window_count_max)
        return base::Error{fmt::format("graph.windows takes 1 to {} lengths", window_count_max)};
    return windows;
}

LiveGraph::LiveGraph(LiveGraphOptions options)
    : options_(std::move(options)),
      table_(options_.seed != 0 ? options_.seed : base::random_seed()),
      windows_(make_windows(options_.windows_ns)) {
    BALEEN_ASSERT(!windows_.empty());
    counters_.late.resize(windows_.size());
}

void LiveGraph::take(const record::FlowRecord& record) {
    Update update{};
    std::memcpy(update.key.a.data(), record.initiator_address, sizeof update.key.a);
    std::memcpy(update.key.b.data(), record.responder_address, sizeof update.key.b);
    if ((record.flags & record::aggregated) != 0) {
        // Of all initiators, and of all responders where there is none.
        update.key.a = {};
        update.key.flags |= ChannelKey::a_is_others;
        if (update.key.b == Address{}) update.key.flags |= ChannelKey::b_is_others;
    }
    update.key.protocol = record.protocol;
    update.key.port = record.responder_port;
    update.sums.packets = {record.initiator.packets, record.responder.packets};
    update.sums.bytes = {record.initiator.wire_bytes, record.responder.wire_bytes};
    update.sums.flows[0] = record.part == 0 ? 1 : 0;
    update.sums.records = 1;
    if (order_ends(update.key)) update.sums = update.sums.reversed();
    update.hash = table_.hash(update.key);  // the seed never changes
    update.first_ns = record.first_ns;
    update.last_ns = std::clamp<int64_t>(record.last_ns, 0, time_max_ns);
    update.told_ns = update.last_ns;
    if (record.end_reason == record::EndReason::idle_timeout)
        update.told_ns += std::min(options_.idle_timeout_ns, time_max_ns);
    batch_.push_back(update);
}

void LiveGraph::commit() {
    if (batch_.empty()) return;
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < batch_.size(); i++) {
        if (i + prefetch_distance < batch_.size())
            table_.prefetch(batch_[i + prefetch_distance].hash);
        apply(batch_[i]);
        if (i % memory_check_records == 0) keep_within_memory();
    }
    keep_within_memory();
    batch_.clear();
}

void LiveGraph::apply(const Update& update) {
    counters_.records++;
    bool is_late = true;
    for (Window& window : windows_) {
        window.advance(update.told_ns, [&](uint32_t channel) {
            if (--table_[channel].live_windows == 0) table_.release(channel);
        });
        is_late = is_late && !window.has_place_for(update.told_ns);
    }
    late_everywhere_ = is_late ? late_everywhere_ + 1 : 0;
    if (is_late && late_everywhere_ < restart_records) {
        for (uint64_t& late : counters_.late) late++;
        return;
    }
    if (is_late) return begin_anew(), apply(update);

    const uint32_t id = table_.find_or_make(update.key, update.hash);
    Channel& channel = table_[id];
    channel.first_ns = std::min(channel.first_ns, update.first_ns);
    channel.last_ns = std::max(channel.last_ns, update.last_ns);
    for (size_t i = 0; i < windows_.size(); i++) {
        if (!windows_[i].has_place_for(update.told_ns)) counters_.late[i]++;
        else if (windows_[i].add(id, update.sums, update.told_ns)) channel.live_windows++;
    }
}

void LiveGraph::begin_anew() {
    counters_.restarts++;
    counters_.records--;  // is counted again
    late_everywhere_ = 0;
    table_ = ChannelTable(table_.seed());
    windows_ = make_windows(options_.windows_ns);
}

uint64_t LiveGraph::memory_bytes() const {
    uint64_t bytes = table_.memory_bytes();
    for (const Window& window : windows_) bytes += window.memory_bytes();
    return bytes;
}

void LiveGraph::keep_within_memory() {
    if (memory_bytes() <= options_.memory_bytes) return;
    counters_.folds++;
    // Three quarters, so that it is some time until the next.
    while (fold_half() > 0 && memory_bytes() > options_.memory_bytes / 4 * 3) {
    }
}

Graph LiveGraph::snapshot(size_t window, const ShapeOptions& options) const {
    std::vector<ChannelSums> channels;
    int64_t from_ns = 0, until_ns = 0;
    {
        // Copies first: making a graph of it takes longer than ingest should wait.
        const std::lock_guard lock(mutex_);
        const Window& from = windows_.at(window);
        channels.reserve(table_.used());
        for (uint32_t id = 0; id < table_.size(); id++)
            if (const Sums& sums = from.sums(id); sums.records > 0)
                channels.push_back({table_[id].key, table_[id].first_ns, table_[id].last_ns, sums});
        from_ns = from.from_ns();
        until_ns = from.until_ns();
    }
    Graph graph = shape(channels, options);
    graph.from_ns = from_ns;
    graph.until_ns = until_ns;
    return graph;
}

LiveGraphCounters LiveGraph::counters() const {
    const std::lock_guard lock(mutex_);
    LiveGraphCounters counters = counters_;
    counters.channels = table_.used();
    counters.memory_bytes = memory_bytes();
    return counters;
}

}  // namespace baleen::graph
