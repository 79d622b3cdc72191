#include "rules/pattern_file.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "rules/scope.h"

namespace baleen::rules {
namespace {

// Fills `rule`; returns what is wrong with the line, or nothing.
std::string read_pattern(std::string_view line, Rule& rule) {
    const size_t colon = line.find(':');
    const size_t close = line.rfind('/');
    if (colon == std::string_view::npos || !line.substr(colon + 1).starts_with('/') ||
        close <= colon + 1)
        return "the line is not ID:/EXPRESSION/FLAGS";
    const char* id_end = line.data() + colon;
    const auto [end, error] = std::from_chars(line.data(), id_end, rule.id);
    if (error != std::errc{} || end != id_end)
        return fmt::format("'{}' is not an id; it is a number of up to 32 bits",
                           line.substr(0, colon));
    Regex regex;
    regex.pattern = line.substr(colon + 2, close - colon - 2);
    if (regex.pattern.empty()) return "the expression is empty";
    for (const char flag : line.substr(close + 1)) {
        switch (flag) {
            case 'i': regex.caseless = true; break;
            case 's': regex.dot_all = true; break;
            case 'm': regex.multi_line = true; break;
            case 'H': break;
            default: return fmt::format("'{}' is not a flag; i, s, m and H are", flag);
        }
    }
    rule.name = line.substr(colon + 1);
    rule.steps.emplace_back(std::move(regex));
    decide_scope(rule);
    return {};
}

}  // namespace

void load_pattern_text(std::string_view text, const std::string& file, uint32_t gid, RuleSet& set) {
    std::set<uint32_t> ids;
    size_t number = 0;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        number++;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.starts_with('#')) continue;
        set.counts.rules++;
        Rule rule;
        rule.gid = gid;
        rule.file = file;
        rule.line = number;
        std::string problem = read_pattern(line, rule);
        if (problem.empty() && !ids.insert(rule.id).second)
            problem = fmt::format("pattern {} is already defined", rule.id);
        if (!problem.empty()) {
            set.problems.push_back({file, number, 0, std::move(problem)});
            set.counts.invalid++;
            continue;
        }
        set.counts.exact++;
        set.counts.payload_only++;
        set.counts.payload_only_exact++;
        set.rules.push_back(std::move(rule));
    }
}

RuleSet load_patterns(const std::vector<std::string>& paths) {
    RuleSet set;
    uint32_t gid = 0;
    for (const std::string& path : paths) {
        gid++;
        std::ifstream file(path, std::ios::binary);
        std::ostringstream text;
        if (!file || (!(text << file.rdbuf()) && !file.eof() && file.peek() != EOF))
            set.problems.push_back(
                {path, 0, 0, "cannot be read; check the path and its permissions"});
        else load_pattern_text(text.str(), path, gid, set);
    }
    return set;
}

}  // namespace baleen::rules
