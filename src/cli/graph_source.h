// What `baleen graph ...` have in common: which records, and how they become a graph.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "baleen/record.h"
#include "base/result.h"
#include "config/settings.h"
#include "control/graph/asn_database.h"
#include "control/graph/metrics_client.h"
#include "control/graph/shape.h"

namespace baleen::cli {

// since <= end of the flow < until.
struct TimeRange {
    int64_t since_ns = 0;
    int64_t until_ns = INT64_MAX;
};
// "now", "2h" (ago), "today", "yesterday" (UTC), or a time as filters take it.
base::Result<int64_t> parse_when(const std::string& text, int64_t now_ns);
// "T1..T2"; either may be left out.
base::Result<TimeRange> parse_range(const std::string& text, int64_t now_ns);
int64_t now_ns();

struct GraphSource {
    std::string data;
    std::string since, until;
    std::string group = "host";
    std::string around;
    std::vector<std::string> words;
    std::string config;
    std::vector<std::string> assignments;
    graph::ShapeOptions shape;

    // `has_range`: --since and --until as well.
    void declare(CLI::App& app, bool has_range);
    // Looks at what was typed. 0 or exit_usage, after saying what is wrong.
    int complete();

    TimeRange range;            // of --since and --until
    config::Settings settings;  // of -c and --set
    std::string filter_text;
    std::shared_ptr<graph::AsnDatabase> systems;  // of --group asn
    graph::HelperOptions helper() const;
};

// Hands over all records of a time range that the filter accepts. 0 or an exit status.
using RecordVisitor = std::function<void(const record::FlowRecord&)>;
int visit_records(const GraphSource& source, const TimeRange& range, const RecordVisitor& visit);

// 0 or an exit status, after saying what is wrong.
int load_graph(const GraphSource& source, const TimeRange& range, graph::Graph& out);

// A graph's node of this name: an address, or the group that it is in.
std::optional<uint32_t> find_node(const graph::Graph& graph, const GraphSource& source,
                                  const std::string& address);

}  // namespace baleen::cli
