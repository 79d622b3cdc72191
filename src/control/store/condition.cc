#include "control/store/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "control/store/slice.h"

namespace baleen::store {
namespace {

using filter::Kind;

// The columns are signed; no value beyond that is in any of them.
constexpr uint64_t column_max = INT64_MAX;

TimeRange time_range(const Query& query, std::string_view field) {
    const auto range = query.filter.required_range(field);
    if (range.low > std::min(range.high, column_max)) return {1, 0};
    return {static_cast<int64_t>(range.low),
            static_cast<int64_t>(std::min(range.high, column_max))};
}

void append_within(std::string& out, std::string_view column, filter::Filter::Range range) {
    if (range.low > std::min(range.high, column_max)) {
        out += " AND FALSE";
    } else if (range.low == range.high) {
        out += fmt::format(" AND {} = {}", column, range.low);
    } else {
        if (range.low > 0) out += fmt::format(" AND {} >= {}", column, range.low);
        if (range.high < column_max) out += fmt::format(" AND {} <= {}", column, range.high);
    }
}

std::vector<uint32_t> numbers_of(const std::vector<application::AppProto>& app_protos) {
    std::vector<uint32_t> out;
    for (const application::AppProto app_proto : app_protos)
        out.push_back(static_cast<uint32_t>(app_proto));
    return out;
}

}  // namespace

Times wanted_times(const Query& query) {
    TimeRange bounds{std::max<int64_t>(query.since_ns, 0), INT64_MAX};
    if (query.until_ns < INT64_MAX) bounds.high = std::max<int64_t>(query.until_ns, 0) - 1;
    Times times;
    if (query.kind == Kind::flow) {
        times.first = time_range(query, "flow.start");
        times.last = time_range(query, "flow.end").within(bounds);
        times.tighten();
    } else {
        times.first = times.last = time_range(query, "event.time").within(bounds);
    }
    return times;
}

std::string condition_of(const Query& query) {
    std::string out;
    if (query.run_id != 0) out += fmt::format(" AND run = {}", static_cast<int64_t>(query.run_id));
    if (query.kind == Kind::flow) return out;
    if (query.kind == Kind::alert) out += fmt::format(" AND type = {}", int(EventType::alert));
    if (query.kind == Kind::app) out += fmt::format(" AND type = {}", int(EventType::application));
    if (!query.app_protos.empty())
        out += fmt::format(" AND app_proto IN ({})", fmt::join(numbers_of(query.app_protos), ","));
    append_within(out, "rule_id", query.filter.required_range("rule.id"));
    append_within(out, "flow_id", query.filter.required_range("flow.id"));
    return out;
}

bool is_looked_up(const Query& query) {
    if (query.kind == Kind::flow) return false;
    const auto is_one = [&](std::string_view field) {
        const auto range = query.filter.required_range(field);
        return range.low == range.high;
    };
    return is_one("rule.id") || is_one("flow.id");
}

}  // namespace baleen::store
