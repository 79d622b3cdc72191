#include "cli/rules_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace baleen::cli {
namespace {

struct Row {
    const char* name;
    size_t count;
};

std::vector<Row> rows_of(const rules::Counts& counts) {
    return {{"rules", counts.rules},
            {"exact", counts.exact},
            {"prefilter", counts.prefilter},
            {"refused", counts.refused},
            {"invalid", counts.invalid},
            {"commented_out", counts.commented_out},
            {"payload_only", counts.payload_only},
            {"payload_only_exact", counts.payload_only_exact}};
}

}  // namespace

std::vector<KeywordReport> count_keywords(const std::vector<rules::Refusal>& refused) {
    std::map<std::string, KeywordReport> by_name;
    for (const rules::Refusal& refusal : refused) {
        for (const std::string& keyword : refusal.keywords) {
            KeywordReport& report = by_name[keyword];
            report.keyword = keyword;
            report.rules++;
            report.alone += refusal.keywords.size() == 1;
            report.ids.push_back(fmt::format("{}:{}", refusal.gid, refusal.id));
        }
    }
    std::vector<KeywordReport> reports;
    for (auto& [name, report] : by_name) reports.push_back(std::move(report));
    std::ranges::stable_sort(reports, std::greater{}, &KeywordReport::rules);
    return reports;
}

void print_problems(const rules::RuleSet& set) {
    for (const rules::Problem& problem : set.problems)
        fmt::print(stderr, "{}\n", rules::format_problem(problem));
}

std::string format_report(const rules::RuleSet& set, bool list) {
    std::string out;
    const double whole = static_cast<double>(std::max<size_t>(set.counts.rules, 1));
    for (const auto& [name, count] : rows_of(set.counts))
        out += fmt::format("{:<18} {:>6}  {:5.1f} %\n", name, count,
                           100.0 * static_cast<double>(count) / whole);
    const auto reports = count_keywords(set.refused);
    if (!reports.empty()) out += "\n rules  alone  what stands in the way\n";
    for (const KeywordReport& report : reports) {
        out += fmt::format("{:>6} {:>6}  {}\n", report.rules, report.alone, report.keyword);
        if (list) out += fmt::format("{:15}{}\n", "", fmt::join(report.ids, " "));
    }
    return out;
}

std::string format_report_json(const rules::RuleSet& set, bool list) {
    nlohmann::ordered_json json;
    for (const auto& [name, count] : rows_of(set.counts)) json[name] = count;
    json["problems"] = nlohmann::json::array();
    for (const rules::Problem& problem : set.problems)
        json["problems"].push_back(rules::format_problem(problem));
    json["keywords"] = nlohmann::json::array();
    for (const KeywordReport& report : count_keywords(set.refused)) {
        nlohmann::ordered_json item = {
            {"keyword", report.keyword}, {"rules", report.rules}, {"alone", report.alone}};
        if (list) item["ids"] = report.ids;
        json["keywords"].push_back(std::move(item));
    }
    // Rule files are bytes; what is not UTF-8 in them must not end the program.
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace baleen::cli
