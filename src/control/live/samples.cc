#include "control/live/samples.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

namespace baleen::live {
namespace {

using stats::Counter;

int64_t wall_clock_ns() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

double fill_of(const std::vector<RingStatus>& rings) {
    double fill = 0;
    for (const RingStatus& ring : rings)
        if (ring.capacity_bytes > 0)
            fill = std::max(fill, static_cast<double>(ring.waiting_bytes) /
                                      static_cast<double>(ring.capacity_bytes));
    return fill;
}

}  // namespace

Sample sample_of(const base::Ledger& before, const base::Ledger& after, double seconds) {
    const auto rate = [&](uint64_t earlier, uint64_t later) {
        return later > earlier ? static_cast<double>(later - earlier) / seconds : 0;
    };
    const auto counter = [&](Counter which) {
        return rate(before.counter(which), after.counter(which));
    };
    const auto term = [&](std::string_view name) {
        return rate(before.term(name), after.term(name));
    };
    Sample out;
    out.packets_per_s = counter(Counter::received_packets);
    out.bits_per_s = 8 * counter(Counter::received_bytes);
    out.flows_per_s = counter(Counter::flows_created);
    out.records_per_s = counter(Counter::records_made);
    out.events_per_s = counter(Counter::events_made);
    out.matches_per_s = counter(Counter::match_hits);
    out.captured_per_s = term("captured");
    out.flows_active = after.flows_active;
    out.nic_missed_per_s = rate(before.nic_missed, after.nic_missed);
    out.no_mbuf_per_s = rate(before.no_mbuf, after.no_mbuf);
    out.shed_per_s = term("shed");
    out.records_dropped_per_s = term("records_dropped");
    out.events_dropped_per_s = term("events_dropped");
    out.capture_shed_per_s = term("capture_shed");
    for (size_t i = 0; i < after.ports.size(); i++)
        out.port_packets_per_s.push_back(
            rate(i < before.ports.size() ? before.ports[i].wire : 0, after.ports[i].wire));
    return out;
}

std::string Sample::to_json() const {
    std::string out = fmt::format("{{\"time_ns\":{},\"run_id\":{}", time_ns, run_id);
    const auto number = [&](std::string_view name, double value) {
        fmt::format_to(std::back_inserter(out), ",\"{}\":{:.6g}", name, value);
    };
    number("packets_per_s", packets_per_s);
    number("bits_per_s", bits_per_s);
    number("flows_per_s", flows_per_s);
    number("records_per_s", records_per_s);
    number("events_per_s", events_per_s);
    number("matches_per_s", matches_per_s);
    number("captured_per_s", captured_per_s);
    fmt::format_to(std::back_inserter(out), ",\"flows_active\":{}", flows_active);
    number("ring_fill", ring_fill);
    out += ",\"lost_per_s\":{";
    const std::pair<std::string_view, double> causes[] = {
        {"nic_missed", nic_missed_per_s},
        {"no_mbuf", no_mbuf_per_s},
        {"shed", shed_per_s},
        {"records_dropped", records_dropped_per_s},
        {"events_dropped", events_dropped_per_s},
        {"capture_shed", capture_shed_per_s}};
    for (const auto& [name, value] : causes)
        fmt::format_to(std::back_inserter(out), "{}\"{}\":{:.6g}", name == "nic_missed" ? "" : ",",
                       name, value);
    fmt::format_to(std::back_inserter(out), "}},\"port_packets_per_s\":[{:.6g}]}}",
                   fmt::join(port_packets_per_s, ","));
    return out;
}

std::optional<Sample> Sampler::take() {
    auto run = runs_.read();
    if (!run || run->is_recalled) return std::nullopt;
    const int64_t now_ns = wall_clock_ns();
    if (run->run_id != run_before_) {
        run_before_ = run->run_id;
        before_ = {};
        time_before_ns_ = run->start_ns;
    }
    const double seconds = static_cast<double>(now_ns - time_before_ns_) / 1e9;
    std::optional<Sample> sample;
    // A clock that was set back says nothing of this second.
    if (seconds > 0) {
        sample = sample_of(before_, run->ledger, seconds);
        sample->time_ns = now_ns;
        sample->run_id = run->run_id;
        sample->ring_fill = fill_of(run->rings);
        const std::scoped_lock lock(mutex_);
        if (samples_.size() >= samples_max) samples_.pop_front();
        samples_.push_back(*sample);
    }
    before_ = std::move(run->ledger);
    time_before_ns_ = now_ns;
    return sample;
}

std::vector<Sample> Sampler::since(int64_t since_ns) const {
    const std::scoped_lock lock(mutex_);
    const auto begin = std::ranges::find_if(
        samples_, [&](const Sample& sample) { return sample.time_ns > since_ns; });
    return {begin, samples_.end()};
}

}  // namespace baleen::live
