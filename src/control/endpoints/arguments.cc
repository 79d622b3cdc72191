#include "control/endpoints/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/suggest.h"
#include "base/units.h"
#include "filter/literal.h"

namespace baleen::endpoints {
namespace {

std::string did_you_mean(std::string_view near) {
    return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

int64_t now_ns() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// "now", "now-15m", "now+1h", or a time by itself.
base::Result<int64_t> read_time(std::string_view text) {
    constexpr std::string_view now = "now";
    if (!text.starts_with(now)) return filter::parse_time_ns(text);
    text.remove_prefix(now.size());
    if (text.empty()) return now_ns();
    const char sign = text.front();
    const auto distance = base::parse_duration_ns(std::string(text.substr(1)));
    if ((sign != '-' && sign != '+') || !distance || *distance == base::duration_off)
        return base::Error{"write it as now-15m, now-24h or now-7d"};
    return sign == '-' ? now_ns() - *distance : now_ns() + *distance;
}

}  // namespace

api::Response filter_problem(std::string_view parameter, const std::string& text,
                             const filter::FilterError& error) {
    return api::problem(400, "filter", "The filter cannot be read", error.message,
                        {{"parameter", parameter}, {"offset", error.offset}, {"filter", text}});
}

Arguments::Arguments(const api::Request& request) : request_(request) {}

std::optional<std::string_view> Arguments::take(std::string_view name) {
    known_.emplace_back(name);
    return request_.parameter(name);
}

void Arguments::refuse(std::string_view name, std::string detail) {
    if (problem_) return;
    problem_ = api::problem(400, "parameter", "A parameter cannot be used",
                            fmt::format("{}: {}", name, detail), {{"parameter", name}});
}

std::string Arguments::text(std::string_view name, std::string_view otherwise) {
    return std::string(take(name).value_or(otherwise));
}

uint64_t Arguments::count(std::string_view name, uint64_t otherwise, uint64_t minimum,
                          uint64_t maximum) {
    const auto given = take(name);
    if (!given) return otherwise;
    uint64_t value = 0;
    const char* const end = given->data() + given->size();
    const auto [at, failed] = std::from_chars(given->data(), end, value);
    if (failed == std::errc{} && at == end && value >= minimum && value <= maximum) return value;
    refuse(name, fmt::format("'{}' is no number from {} to {}", *given, minimum, maximum));
    return otherwise;
}

bool Arguments::flag(std::string_view name) {
    const auto given = take(name);
    return given && *given != "0" && *given != "false";
}

std::string Arguments::choice(std::string_view name, std::span<const std::string_view> choices,
                              std::string_view otherwise) {
    const auto given = take(name);
    if (!given) return std::string(otherwise);
    if (std::ranges::find(choices, *given) == choices.end())
        refuse(name, fmt::format("'{}' is none of {}{}", *given, fmt::join(choices, ", "),
                                 did_you_mean(base::nearest(*given, choices))));
    return std::string(*given);
}

int64_t Arguments::time(std::string_view name, int64_t otherwise) {
    const auto given = take(name);
    if (!given || given->empty()) return otherwise;
    const auto time = read_time(*given);
    if (time) return *time;
    refuse(name, time.error().message);
    return otherwise;
}

std::pair<int64_t, int64_t> Arguments::time_range(std::string_view name) {
    std::pair<int64_t, int64_t> out{0, INT64_MAX};
    const std::string_view given = take(name).value_or("");
    const size_t dots = given.find("..");
    if (dots == std::string_view::npos) {
        refuse(name, "write it as T1..T2, such as 2024-05-01..2024-05-02 or now-2d..now-1d");
        return out;
    }
    const auto read = [&](std::string_view text, int64_t& time_ns) {
        if (text.empty()) return;
        const auto time = read_time(text);
        if (time) time_ns = *time;
        else refuse(name, time.error().message);
    };
    read(given.substr(0, dots), out.first);
    read(given.substr(dots + 2), out.second);
    return out;
}

int64_t Arguments::duration(std::string_view name, int64_t otherwise, int64_t minimum) {
    const auto given = take(name);
    if (!given) return otherwise;
    const auto value = base::parse_duration_ns(std::string(*given));
    if (value && *value >= minimum && *value != base::duration_off) return *value;
    refuse(name, fmt::format("'{}' is no duration such as 10s, 5m or 1h, at least {}", *given,
                             base::format_duration_ns(minimum)));
    return otherwise;
}

filter::Filter Arguments::filter(std::string_view name, filter::Kind kind) {
    const std::string given = text(name);
    auto parsed = filter::Filter::parse(given, kind);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed)) {
        if (!problem_) problem_ = filter_problem(name, given, *error);
        return {};
    }
    return std::move(std::get<filter::Filter>(parsed));
}

const filter::Field* Arguments::field(std::string_view name, filter::Kind kind) {
    const auto given = take(name);
    if (!given || given->empty()) return nullptr;
    const filter::Field* field = filter::find_field(*given, kind);
    if (field == nullptr)
        refuse(name, fmt::format("there is no field '{}'{}", *given,
                                 did_you_mean(filter::suggest_field(*given, kind))));
    return field;
}

const filter::Field* Arguments::sort(std::string_view name, filter::Kind kind, bool& descending) {
    auto given = take(name);
    if (!given || given->empty()) return nullptr;
    descending = given->front() == '-';
    if (descending) given->remove_prefix(1);
    const filter::Field* field = filter::find_field(*given, kind);
    if (field == nullptr)
        refuse(name, fmt::format("there is no field '{}'{}", *given,
                                 did_you_mean(filter::suggest_field(*given, kind))));
    return field;
}

std::optional<api::Response> Arguments::problem() {
    for (const auto& [name, value] : request_.parameters) {
        if (problem_ || std::ranges::find(known_, name) != known_.end()) continue;
        const std::vector<std::string_view> names(known_.begin(), known_.end());
        refuse(name, fmt::format("there is no such parameter{}",
                                 did_you_mean(base::nearest(name, names))));
    }
    return std::move(problem_);
}

}  // namespace baleen::endpoints
