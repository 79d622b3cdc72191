#include "cli/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"

namespace baleen::cli {
namespace {

using stats::Counter;

constexpr auto progress_interval = std::chrono::milliseconds(200);

// 1234567 as 1,234,567.
std::string grouped(uint64_t number) {
    std::string digits = std::to_string(number);
    for (size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

// The causes of one ledger term that occurred: "arp 12, llc 3".
std::string causes(const base::Ledger& ledger, std::string_view term) {
    std::string out;
    for (uint32_t i = 0; i < stats::counter_count; i++) {
        const base::CounterInfo& info = base::counter_infos[i];
        if (info.term != term || ledger.counters[i] == 0) continue;
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", info.cause,
                           grouped(ledger.counters[i]));
    }
    return out.empty() ? "" : fmt::format("  ({})", out);
}

// What went to disk, where anything was to.
void print_capture(const base::Ledger& ledger) {
    const uint64_t captured = ledger.term("captured");
    const auto of = [&](Counter which) { return ledger.counter(which); };
    if (captured + of(Counter::capture_note_history_full) == 0) return;
    fmt::print(
        "capture  {} packets = written {} ({} in {} files) + left out {}{}\n", grouped(captured),
        grouped(of(Counter::capture_written_packets)),
        base::format_rounded(static_cast<double>(of(Counter::capture_written_file_bytes)), "B"),
        grouped(of(Counter::capture_written_files)), grouped(ledger.term("capture_shed")),
        causes(ledger, "capture_shed"));
    if (const std::string notes = causes(ledger, "capture_note"); !notes.empty())
        fmt::print("           noted    {}\n", notes);
}

void print_shunts(const base::Ledger& ledger) {
    for (const base::ShuntedEntry& entry : ledger.shunts)
        fmt::print("           shunted  {}: {} packets, {}\n", entry.text, grouped(entry.packets),
                   base::format_rounded(static_cast<double>(entry.bytes), "B"));
}

}  // namespace

void ProgressLine::show(const stats::Segment& segment, const base::Ledger& ledger) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_at_ < progress_interval) return;
    const double seconds = std::chrono::duration<double>(now - shown_at_).count();
    const uint64_t packets = ledger.counter(Counter::received_packets);
    std::string done;
    const uint64_t total = segment.ports[0].progress_total.load(std::memory_order_relaxed);
    if (total > 0 && segment.header.is_live == 0)
        done = fmt::format("{:3.0f} %  ",
                           100.0 *
                               static_cast<double>(
                                   segment.ports[0].progress_done.load(std::memory_order_relaxed)) /
                               static_cast<double>(total));
    const uint64_t lost = ledger.nic_missed + ledger.no_mbuf + ledger.term("shed");
    fmt::print(
        stderr, "\r\033[K{}{} packets  {}  {} flows active  {} lost", done, grouped(packets),
        base::format_rounded(static_cast<double>(packets - packets_before_) / seconds, "packets/s"),
        grouped(ledger.flows_active), grouped(lost));
    std::fflush(stderr);
    packets_before_ = packets;
    shown_at_ = now;
}

void ProgressLine::clear() {
    if (shown_at_ != std::chrono::steady_clock::time_point{}) fmt::print(stderr, "\r\033[K");
}

void print_summary(const RunResult& result, const std::string& directory) {
    const base::Ledger& l = result.ledger;
    const uint64_t packets = l.counter(Counter::received_packets);
    const uint64_t bytes = l.counter(Counter::received_bytes);
    const double seconds = std::max(result.seconds, 1e-6);
    fmt::print("packets  {} ({} on the wire) in {:.3f} s: {}, {}\n", grouped(packets),
               base::format_rounded(static_cast<double>(bytes), "B"), result.seconds,
               base::format_rounded(static_cast<double>(packets) / seconds, "packets/s"),
               base::format_rounded(static_cast<double>(bytes) * 8 / seconds, "bit/s"));
    fmt::print("flows    {} in {} records\n", grouped(l.counter(Counter::flows_created)),
               grouped(l.counter(Counter::records_made)));
    fmt::print("ledger   wire {} = received {} + missed {} + no buffer {}{}\n", grouped(l.wire),
               grouped(packets), grouped(l.nic_missed), grouped(l.no_mbuf),
               l.shunts.empty() ? "" : " + shunted " + grouped(l.shunted));
    if (l.passed > 0)
        fmt::print("           missed   ({} went on to the kernel: no socket on their queue)\n",
                   grouped(l.passed));
    for (const base::PortLedger& port : l.ports) {
        if (port.no_descriptor + port.phy_discard + port.error + port.unpolled == 0) continue;
        fmt::print(
            "           {:<9}queue full {}, lost before the queues {}, damaged {}, left {}\n",
            port.name, grouped(port.no_descriptor), grouped(port.phy_discard), grouped(port.error),
            grouped(port.unpolled));
    }
    print_shunts(l);
    if (const uint64_t misplaced = l.counter(Counter::note_rss_misplaced); misplaced > 0)
        fmt::print(
            "           {} sampled packets came to a queue that is not their flow's: flows "
            "may be told in halves\n",
            grouped(misplaced));
    fmt::print(
        "         received = counted {} + not IP {} + malformed {} + filtered {} + shed {}\n",
        grouped(l.term("counted")), grouped(l.term("not_ip")), grouped(l.term("malformed")),
        grouped(l.term("filtered")), grouped(l.term("shed")));
    for (const std::string_view term : {"not_ip", "malformed", "shed"})
        if (const std::string text = causes(l, term); !text.empty())
            fmt::print("           {:<9}{}\n", term, text);
    const uint64_t events = l.counter(Counter::events_made);
    const uint64_t events_consumed =
        std::min(events - l.term("events_dropped"), l.records_consumed);
    fmt::print("         records made {} = stored {} + dropped {}{}\n",
               grouped(l.counter(Counter::records_made)),
               grouped(l.records_consumed - events_consumed), grouped(l.term("records_dropped")),
               causes(l, "records_dropped"));
    if (l.counter(Counter::match_hits) > 0)
        fmt::print("matches  {} hits: {} events, {} for limits not told\n",
                   grouped(l.counter(Counter::match_hits)),
                   grouped(l.counter(Counter::match_events)),
                   grouped(l.counter(Counter::match_suppressed)));
    if (l.counter(Counter::app_events) + l.counter(Counter::app_suppressed) > 0)
        fmt::print("apps     {} events, {} for limits not told\n",
                   grouped(l.counter(Counter::app_events)),
                   grouped(l.counter(Counter::app_suppressed)));
    print_capture(l);
    if (const uint64_t dropped = l.term("events_dropped"); dropped > 0)
        fmt::print("         {} of {} events dropped\n", grouped(dropped), grouped(events));
    const bool balanced = l.imbalances(result.ended_well).empty();
    fmt::print("         {}\n", balanced ? "balanced" : "NOT balanced");
    fmt::print("store    {}  (baleen flows --data {})\n", directory, directory);
}

}  // namespace baleen::cli
