#include "base/ledger.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <thread>

namespace baleen::base {

using stats::Counter;

const std::array<CounterInfo, stats::counter_count> counter_infos = {{
#define BALEEN_COUNTER(term, cause, unit, description) {#term, #cause, #unit, description},
#include "baleen/counters.def"
#undef BALEEN_COUNTER
}};

uint64_t Ledger::term(std::string_view name) const {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < stats::counter_count; i++)
        if (counter_infos[i].term == name) sum += counters[i];
    return sum;
}

std::vector<std::string> Ledger::imbalances(bool ended) const {
    std::vector<std::string> found;
    const auto equal = [&](uint64_t left, uint64_t right, std::string_view equation) {
        if (left != right) found.push_back(fmt::format("{}: {} against {}", equation, left, right));
    };
    const uint64_t received = counter(Counter::received_packets);
    equal(received,
          term("counted") + term("not_ip") + term("malformed") + term("filtered") + term("shed"),
          "received = counted + not_ip + malformed + filtered + shed");
    if (!ended) return found;
    equal(wire, nic_missed + no_mbuf + shunted + received,
          "wire = nic_missed + no_mbuf + shunted + received");
    equal(counter(Counter::records_packets), term("counted"), "packets over all records = counted");
    equal(counter(Counter::records_made) + counter(Counter::events_made),
          records_consumed + records_in_rings + term("records_dropped") + term("events_dropped"),
          "records_made + events_made = records_consumed + records_dropped + events_dropped");
    equal(term("captured"), counter(Counter::capture_written_packets) + term("capture_shed"),
          "captured = capture_written + capture_shed");
    return found;
}

namespace {

// For JSON: names hold what the user typed, and quotes and backslashes are left out rather than
// escaped.
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c >= ' ' && c <= '~' && c != '"' && c != '\\') out += c;
    return out;
}

void add_shunts(const stats::Segment& segment, Ledger& ledger) {
    for (const stats::ShuntStats& shunt : segment.shunts) {
        if (shunt.text[0] == '\0') break;
        const std::string_view text(shunt.text, ::strnlen(shunt.text, sizeof shunt.text));
        ledger.shunts.push_back({plain(text), shunt.packets.load(std::memory_order_relaxed),
                                 shunt.bytes.load(std::memory_order_relaxed)});
    }
}

std::string port_json(const PortLedger& port) {
    return fmt::format(
        "{{\"name\": \"{}\", \"clock\": \"{}\", \"clock_error_ns\": {}, \"wire\": {}, "
        "\"no_descriptor\": {}, \"phy_discard\": {}, \"error\": {}, \"unpolled\": {}, \"passed\": "
        "{}, \"shunted\": {}, "
        "\"mbuf_failures\": {}, \"link_up\": {}, \"link_down\": {}, \"absent\": {}, "
        "\"queues\": [{}]}}",
        plain(port.name), port.clock, port.clock_error_ns, port.wire, port.no_descriptor,
        port.phy_discard, port.error, port.unpolled, port.passed, port.shunted, port.mbuf_failures,
        port.link_up, port.link_down, port.is_absent, fmt::join(port.queues, ", "));
}

std::string_view clock_name(stats::ClockSource source) {
    switch (source) {
        case stats::ClockSource::file: return "file";
        case stats::ClockSource::tsc: return "tsc";
        case stats::ClockSource::nic: return "nic";
        case stats::ClockSource::none: break;
    }
    return "none";
}

PortLedger ledger_of(const stats::PortStats& port) {
    constexpr auto relaxed = std::memory_order_relaxed;
    PortLedger out;
    out.name.assign(port.name, strnlen(port.name, sizeof port.name));
    out.clock = clock_name(port.clock_source.load(relaxed));
    out.clock_error_ns = port.clock_error_ns.load(relaxed);
    out.wire = port.wire_packets.load(relaxed);
    out.wire_bytes = port.wire_bytes.load(relaxed);
    out.no_mbuf = port.no_mbuf_packets.load(relaxed);
    out.no_descriptor = port.missed_no_descriptor.load(relaxed);
    out.phy_discard = port.missed_phy_discard.load(relaxed);
    out.error = port.missed_error.load(relaxed);
    out.unpolled = port.missed_unpolled.load(relaxed);
    out.passed = port.missed_passed.load(relaxed);
    out.shunted = port.shunted_packets.load(relaxed);
    out.mbuf_failures = port.mbuf_failures.load(relaxed);
    out.link_up = port.link_up_count.load(relaxed);
    out.link_down = port.link_down_count.load(relaxed);
    out.is_up = port.link_is_up.load(relaxed) != 0;
    out.is_absent = port.is_absent.load(relaxed) != 0;
    out.progress_done = port.progress_done.load(relaxed);
    out.progress_total = port.progress_total.load(relaxed);
    const size_t count = std::min<size_t>(port.queue_count, port.queue_packets.size());
    for (size_t i = 0; i < count; i++) out.queues.push_back(port.queue_packets[i].load(relaxed));
    return out;
}

}  // namespace

std::string Ledger::to_json(bool ended) const {
    std::string json;
    const auto out = std::back_inserter(json);
    const auto problems = imbalances(ended);
    fmt::format_to(out, "{{\n  \"balanced\": {},\n", problems.empty());
    const auto number = [&](std::string_view name, uint64_t value) {
        fmt::format_to(out, "  \"{}\": {},\n", name, value);
    };
    number("wire", wire);
    number("nic_missed", nic_missed);
    number("no_mbuf", no_mbuf);
    number("shunted", shunted);
    number("passed", passed);
    number("received", counter(Counter::received_packets));
    number("received_bytes", counter(Counter::received_bytes));
    for (const auto name : {"counted", "not_ip", "malformed", "filtered", "shed"})
        number(name, term(name));
    number("flows", counter(Counter::flows_created));
    number("flows_active", flows_active);
    number("records_made", counter(Counter::records_made));
    number("records_consumed", records_consumed);
    number("records_in_rings", records_in_rings);
    number("records_dropped", term("records_dropped"));
    number("events_made", counter(Counter::events_made));
    number("events_dropped", term("events_dropped"));
    number("captured", term("captured"));
    number("capture_written", counter(Counter::capture_written_packets));
    number("capture_shed", term("capture_shed"));

    fmt::format_to(out, "  \"ports\": [");
    for (size_t i = 0; i < ports.size(); i++)
        fmt::format_to(out, "{}\n    {}", i == 0 ? "" : ",", port_json(ports[i]));
    fmt::format_to(out, "],\n  \"imbalances\": [");
    for (size_t i = 0; i < problems.size(); i++)
        fmt::format_to(out, "{}\"{}\"", i == 0 ? "" : ", ", problems[i]);
    fmt::format_to(out, "],\n  \"shunts\": [");
    for (size_t i = 0; i < shunts.size(); i++)
        fmt::format_to(out, "{}\n    {{\"entry\": \"{}\", \"packets\": {}, \"bytes\": {}}}",
                       i == 0 ? "" : ",", shunts[i].text, shunts[i].packets, shunts[i].bytes);
    fmt::format_to(out, "],\n  \"causes\": {{");
    std::string_view open_term;
    for (uint32_t i = 0; i < stats::counter_count; i++) {
        const CounterInfo& info = counter_infos[i];
        if (info.term != open_term)
            fmt::format_to(out, "{}\n    \"{}\": {{", open_term.empty() ? "" : "},", info.term);
        else fmt::format_to(out, ", ");
        fmt::format_to(out, "\"{}\": {}", info.cause, counters[i]);
        open_term = info.term;
    }
    fmt::format_to(out, "}}\n  }}\n}}\n");
    return json;
}

bool read_counts(const stats::WorkerStats& thread, Counts& counts) {
    // A writer is inside the lock for well below a microsecond, unless it died there or the kernel
    // has taken its core from it; the second is worth giving ours away for.
    constexpr int attempt_count = 200, busy_attempt_count = 100;
    for (int attempt = 0; attempt < attempt_count; attempt++) {
        if (attempt >= busy_attempt_count) std::this_thread::yield();
        // ORDER: acquire pairs with the writer's release of the even value; the fence keeps the
        // counter loads before the second look at the sequence.
        const uint64_t before = thread.sequence.load(std::memory_order_acquire);
        for (uint32_t i = 0; i < stats::counter_count; i++)
            counts[i] = thread.counters[i].load(std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_acquire);
        if (before % 2 == 0 && thread.sequence.load(std::memory_order_relaxed) == before)
            return true;
    }
    return false;
}

namespace {

void add_thread(const stats::WorkerStats& thread, Ledger& ledger) {
    Counts counts;
    if (!read_counts(thread, counts)) ledger.threads_in_update++;
    for (uint32_t i = 0; i < stats::counter_count; i++) ledger.counters[i] += counts[i];
    ledger.flows_active += thread.flows_active.load(std::memory_order_relaxed);
}

}  // namespace

void add_statistics(const stats::Segment& segment, Ledger& ledger) {
    // The segment is another process's memory: its own counts are not trusted as bounds.
    for (const stats::WorkerStats& worker : segment.workers) add_thread(worker, ledger);
    for (const stats::WorkerStats& writer : segment.writers) add_thread(writer, ledger);
    for (const stats::PortStats& port : segment.ports) {
        ledger.wire += port.wire_packets.load(std::memory_order_relaxed);
        ledger.nic_missed += port.nic_missed_packets.load(std::memory_order_relaxed);
        ledger.no_mbuf += port.no_mbuf_packets.load(std::memory_order_relaxed);
        ledger.shunted += port.shunted_packets.load(std::memory_order_relaxed);
        ledger.passed += port.missed_passed.load(std::memory_order_relaxed);
        if (port.name[0] != '\0') ledger.ports.push_back(ledger_of(port));
    }
    add_shunts(segment, ledger);
}

}  // namespace baleen::base
