// Rules: which are in use, whether a text of rules can be used, and loading them anew.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "control/endpoints/arguments.h"
#include "control/endpoints/endpoints.h"
#include "control/rules/rule_options.h"

namespace baleen::endpoints {
namespace {

using control::RuleDesk;
using control::RuleTask;
using nlohmann::ordered_json;

constexpr uint64_t rules_max = 500;  // of one answer
// Of what is wrong with a text, so many lines are told; the rest is counted.
constexpr size_t problems_told_max = 200;

std::string_view name_of(RuleTask task) { return task == RuleTask::reload ? "reload" : "stage"; }

std::string_view name_of(rules::Action action) {
    switch (action) {
        case rules::Action::tag: return "tag";
        case rules::Action::alert: return "alert";
        case rules::Action::capture: return "capture";
    }
    return "tag";
}

ordered_json rule_json(const rules::Rule& rule) {
    return {{"gid", rule.gid},
            {"id", rule.id},
            {"rev", rule.rev},
            {"name", rule.name},
            {"classtype", rule.classtype},
            {"severity", rule.severity},
            {"action", name_of(rule.action)}};
}

ordered_json load_json(const RuleDesk::State& state) {
    ordered_json out{{"served", state.is_served}};
    out["task"] = state.task ? ordered_json(name_of(*state.task)) : ordered_json(nullptr);
    if (state.task)
        out["progress"] = ordered_json{{"databases_done", state.progress.databases_done},
                                       {"database_count", state.progress.database_count},
                                       {"seconds", state.progress.seconds}};
    // Its own text, made by whoever loads.
    out["last"] =
        state.last ? ordered_json::parse(state.last->json, nullptr, false) : ordered_json(nullptr);
    return out;
}

// Rules of the data plane; before there is one, those of the files.
std::shared_ptr<const std::vector<rules::Rule>> rules_of(const Services& services,
                                                         const RuleDesk::State& state) {
    if (state.in_use) return state.in_use;
    auto set = rules::load_rules(services.settings.rules.files,
                                 control::load_options(services.settings.rules));
    return std::make_shared<const std::vector<rules::Rule>>(std::move(set.rules));
}

bool contains(std::string_view text, std::string_view part) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    const auto found = std::search(text.begin(), text.end(), part.begin(), part.end(),
                                   [&](char a, char b) { return lower(a) == lower(b); });
    return found != text.end() || part.empty();
}

api::Response list(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    const std::string name = arguments.text("name");
    const uint64_t limit = arguments.count("limit", 100, 1, rules_max);
    const uint64_t offset = arguments.count("offset", 0, 0, UINT32_MAX);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    const RuleDesk::State state = services.rules.state();
    const auto all = rules_of(services, state);
    ordered_json told = ordered_json::array();
    uint64_t found = 0;
    for (const rules::Rule& rule : *all) {
        if (!contains(rule.name, name)) continue;
        if (found >= offset && told.size() < limit) told.push_back(rule_json(rule));
        found++;
    }
    ordered_json out{{"in_use", state.in_use != nullptr}, {"count", all->size()}, {"found", found}};
    out["files"] = services.settings.rules.files;
    out["load"] = load_json(state);
    out["rules"] = std::move(told);
    return api::json_response(out);
}

ordered_json problems_json(const rules::RuleSet& set) {
    ordered_json out = ordered_json::array();
    for (size_t i = 0; i < std::min(set.problems.size(), problems_told_max); i++) {
        const rules::Problem& problem = set.problems[i];
        out.push_back(
            {{"line", problem.line}, {"column", problem.column}, {"message", problem.message}});
    }
    return out;
}

ordered_json refused_json(const rules::RuleSet& set) {
    ordered_json out = ordered_json::array();
    for (size_t i = 0; i < std::min(set.refused.size(), problems_told_max); i++) {
        const rules::Refusal& refusal = set.refused[i];
        out.push_back({{"line", refusal.line},
                       {"gid", refusal.gid},
                       {"id", refusal.id},
                       {"keywords", refusal.keywords}});
    }
    return out;
}

// The body is a file of rules.
api::Response check(const Services& services, const api::Request& request) {
    constexpr std::string_view dialects[] = {"suricata", "snort3", "native"};
    Arguments arguments(request);
    const std::string dialect = arguments.choice("dialect", dialects, "");
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    rules::LoadOptions options = control::load_options(services.settings.rules);
    if (dialect == "suricata") options.dialect = rules::Dialect::suricata;
    if (dialect == "snort3") options.dialect = rules::Dialect::snort3;
    rules::RuleSet set;
    rules::load_text(request.body, dialect == "native" ? "body.toml" : "body.rules", options, set);
    const rules::Counts& counts = set.counts;
    return api::json_response(ordered_json{{"rules", counts.rules},
                                           {"exact", counts.exact},
                                           {"prefilter", counts.prefilter},
                                           {"refused", counts.refused},
                                           {"invalid", counts.invalid},
                                           {"commented_out", counts.commented_out},
                                           {"problems", problems_json(set)},
                                           {"refusals", refused_json(set)}});
}

api::Response ask(const Services& services, const api::Request& request, RuleTask task) {
    Arguments arguments(request);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    switch (services.rules.ask(task)) {
        case RuleDesk::Asked::busy:
            return api::problem(409, "busy", "Rules are being loaded",
                                "wait until /api/v1/rules/load says that it is done");
        case RuleDesk::Asked::nobody:
            return api::problem(409, "no-run", "There is nobody to load rules for",
                                "no data plane runs with rules; rules.files names them");
        case RuleDesk::Asked::accepted: break;
    }
    auto response = api::json_response(load_json(services.rules.state()), 202);
    response.headers.emplace_back("Location", "/api/v1/rules/load");
    return response;
}

api::Response loading(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    return api::json_response(load_json(services.rules.state()));
}

// What the data plane writes several times a second (match.statistics).
api::Response statistics(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    const std::string& path = services.settings.match.statistics;
    if (path.empty())
        return api::problem(404, "no-statistics", "Rules are not counted",
                            "match.statistics names a file that the data plane writes them to");
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    if (!file || !nlohmann::json::accept(text.str()))
        return api::problem(404, "no-statistics", "There are no statistics of rules yet",
                            "the data plane has written none to match.statistics");
    return {.content_type = "application/json", .body = text.str()};
}

}  // namespace

void add_rules(api::Router& router, const Services& services) {
    using api::Method, api::Request, api::Role;
    router.add({.pattern = "/api/v1/rules",
                .handler = [&](const Request& request) { return list(services, request); }});
    router.add({.pattern = "/api/v1/rules/load",
                .handler = [&](const Request& request) { return loading(services, request); }});
    router.add({.pattern = "/api/v1/rules/statistics",
                .handler = [&](const Request& request) { return statistics(services, request); }});
    router.add({.method = Method::post,
                .pattern = "/api/v1/rules/check",
                .handler = [&](const Request& request) { return check(services, request); }});
    for (const RuleTask task : {RuleTask::reload, RuleTask::stage})
        router.add({.method = Method::post,
                    .pattern = fmt::format("/api/v1/rules/{}", name_of(task)),
                    .role = Role::admin,
                    .handler = [&services, task](const Request& request) {
                        return ask(services, request, task);
                    }});
}

}  // namespace baleen::endpoints
