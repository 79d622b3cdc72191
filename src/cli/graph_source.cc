#include "cli/graph_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "control/graph/live_graph.h"
#include "control/store/query.h"
#include "control/store/store.h"
#include "filter/literal.h"

namespace baleen::cli {
namespace {

constexpr int64_t second_ns = config::second_ns;
constexpr int64_t day_ns = 86'400 * second_ns;
// Some two million channels. Beyond that the smallest hosts are counted as others.
constexpr uint64_t memory_bytes = 1ull << 30;
constexpr uint64_t batch_records = 10'000;

std::optional<graph::Address> address_of(const std::string& text) {
    const auto literal = filter::parse_prefix(text);
    if (!literal || literal->prefix_bits != 128) return std::nullopt;
    return literal->address;
}

}  // namespace

int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

base::Result<int64_t> parse_when(const std::string& text, int64_t now) {
    if (text == "now") return now;
    if (text == "today") return now / day_ns * day_ns;
    if (text == "yesterday") return now / day_ns * day_ns - day_ns;
    if (const auto ago = base::parse_duration_ns(text); ago && *ago != base::duration_off)
        return std::max<int64_t>(now - *ago, 0);
    if (const auto time = filter::parse_time_ns(text)) return *time;
    return base::Error{fmt::format(
        "'{}' is no time: 2h (ago), now, today, yesterday, 2024-05-01T12:00:00Z", text)};
}

base::Result<TimeRange> parse_range(const std::string& text, int64_t now) {
    const size_t dots = text.find("..");
    if (dots == std::string::npos)
        return base::Error{fmt::format("'{}' is no range of time: T1..T2", text)};
    TimeRange range;
    for (auto [part, to] : {std::pair(text.substr(0, dots), &range.since_ns),
                            std::pair(text.substr(dots + 2), &range.until_ns)}) {
        if (part.empty()) continue;
        const auto when = parse_when(part, now);
        if (!when) return when.error();
        *to = *when;
    }
    if (range.since_ns >= range.until_ns)
        return base::Error{fmt::format("'{}' ends before it begins", text)};
    return range;
}

void GraphSource::declare(CLI::App& app, bool has_range) {
    app.add_option("--data", data, "Folder of the store");
    if (has_range) {
        app.add_option("--since", since,
                       "Flows that ended since then: 2h (ago), yesterday, 2024-05-01T12:00:00Z");
        app.add_option("--until", until, "And before that");
    }
    app.add_option("--group", group, "What a node is: host, /24 (IPv6: /64), /24,/56, asn");
    app.add_option("--top", shape.nodes_max, "The largest so many; the rest is one node, others");
    app.add_option("--min-flows", shape.flows_min, "Leave out edges with fewer flows");
    app.add_option("--min-bytes", shape.bytes_min, "Leave out edges with fewer bytes");
    app.add_option("--around", around, "Only what is near this host");
    app.add_option("--hops", shape.hops, "How near: so many edges away");
    app.add_option("-c,--config", config, "Configuration file, for its section [graph]");
    app.add_option("--set", assignments, "KEY=VALUE: any key of the configuration")
        ->allow_extra_args(false);
}

int GraphSource::complete() {
    const auto problems = read_settings(config, assignments, settings);
    for (const std::string& problem : problems) usage_error(problem);
    if (!problems.empty()) return exit_usage;
    if (group == "asn") {
        if (settings.graph.asn_database.empty())
            return usage_error("--group asn needs --set graph.asn_database=FILE (a MaxMind DB)");
        auto opened = graph::AsnDatabase::open(settings.graph.asn_database);
        if (!opened) return usage_error(opened.error().message);
        systems = std::move(*opened);
        shape.grouping.systems = systems.get();
    } else {
        const auto grouping = graph::parse_grouping(group);
        if (!grouping) return usage_error("--group: " + grouping.error().message);
        shape.grouping = *grouping;
    }
    if (!around.empty()) {
        shape.around = address_of(around);
        if (!shape.around) return usage_error(fmt::format("--around: '{}' is no address", around));
    }
    const auto times = parse_range(since + ".." + until, now_ns());
    if (!times) return usage_error(times.error().message);
    range = *times;
    filter_text = fmt::format("{}", fmt::join(words, " "));
    const auto parsed = filter::Filter::parse(filter_text);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed))
        return usage_error("filter:\n" + filter::format_error(filter_text, *error));
    return exit_ok;
}

graph::HelperOptions GraphSource::helper() const {
    // A deadline that is off is a month.
    const int64_t deadline_ns = std::min(settings.graph.metrics_deadline_ns, 30 * day_ns);
    return {.program = {},
            .memory_bytes = settings.graph.metrics_memory_bytes,
            .deadline = std::chrono::milliseconds(deadline_ns / 1'000'000)};
}

int visit_records(const GraphSource& source, const TimeRange& range, const RecordVisitor& visit) {
    store::Query query;
    std::string text = source.filter_text;
    // What cannot end before `until` has begun after it: slices are passed over by that.
    if (range.until_ns != INT64_MAX)
        text = fmt::format("{}flow.start <= {}", text.empty() ? "" : "(" + text + ") && ",
                           range.until_ns / second_ns + 1);
    auto parsed = filter::Filter::parse(text);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed))
        return usage_error("filter:\n" + filter::format_error(text, *error));
    query.filter = std::move(std::get<filter::Filter>(parsed));
    const std::string directory = source.data.empty() ? store::default_directory() : source.data;
    std::vector<std::string> problems;
    const auto status = store::run_query(
        directory, query,
        [&](const filter::Subject& subject) {
            const int64_t end_ns = subject.record.last_ns;
            if (end_ns >= range.since_ns && end_ns < range.until_ns) visit(subject.record);
            return true;
        },
        problems);
    if (!status) return run_error(status.error().message);
    for (const std::string& problem : problems) run_error(problem);
    return problems.empty() ? exit_ok : exit_failure;
}

int load_graph(const GraphSource& source, const TimeRange& range, graph::Graph& out) {
    graph::LiveGraph all({.windows_ns = {base::duration_off}, .memory_bytes = memory_bytes});
    uint64_t count = 0;
    int64_t first_ns = INT64_MAX, last_ns = 0;
    const int status = visit_records(source, range, [&](const record::FlowRecord& record) {
        first_ns = std::min(first_ns, record.first_ns);
        last_ns = std::max(last_ns, record.last_ns);
        all.take(record);
        if (++count % batch_records == 0) all.commit();
    });
    if (status != exit_ok) return status;
    all.commit();
    out = all.snapshot(0, source.shape);
    out.from_ns = range.since_ns > 0 || count == 0 ? range.since_ns : first_ns;
    out.until_ns = range.until_ns != INT64_MAX ? range.until_ns : last_ns + 1;
    if (const auto folded = all.counters().folded_hosts; folded > 0)
        fmt::print(stderr, "baleen: {} hosts are told as others, for want of memory\n", folded);
    return exit_ok;
}

std::optional<uint32_t> find_node(const graph::Graph& graph, const GraphSource& source,
                                  const std::string& text) {
    const auto address = address_of(text.substr(0, text.find('/')));
    if (!address) return std::nullopt;
    return graph.find(graph::group_of(*address, source.shape.grouping));
}

}  // namespace baleen::cli
