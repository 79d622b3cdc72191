#include "cli/query_options.h"

#include <fmt/format.h>

#include <tuple>
#include <variant>

#include "filter/literal.h"

namespace baleen::cli {

void TimeBounds::add_to(CLI::App& app, const std::string& what) {
    app.add_option("--since", since, what + " not before this time (2024-05-01T12:00:00Z)");
    app.add_option("--until", until, what + " before this time");
}

std::string TimeBounds::apply(store::Query& query) const {
    for (const auto& [name, value, bound_ns] : {std::tuple{"--since", &since, &query.since_ns},
                                                std::tuple{"--until", &until, &query.until_ns}}) {
        if (value->empty()) continue;
        const auto time_ns = filter::parse_time_ns(*value);
        if (!time_ns) return fmt::format("{}: {}", name, time_ns.error().message);
        *bound_ns = *time_ns;
    }
    return {};
}

std::string apply_filter(const std::vector<std::string>& words, store::Query& query) {
    const std::string text = fmt::format("{}", fmt::join(words, " "));
    auto parsed = filter::Filter::parse(text, query.kind);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed))
        return "filter:\n" + filter::format_error(text, *error);
    query.filter = std::move(std::get<filter::Filter>(parsed));
    return {};
}

std::string apply_sort(const std::string& sort, store::Query& query) {
    if (sort.empty()) return {};
    query.descending = sort[0] == '-';
    const std::string name = sort.substr(query.descending ? 1 : 0);
    query.sort = filter::find_field(name, query.kind);
    if (query.sort != nullptr) return {};
    const auto near = filter::suggest_field(name, query.kind);
    return fmt::format("--sort: unknown field '{}'{}", name,
                       near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

}  // namespace baleen::cli
