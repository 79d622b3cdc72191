#include "rules/rule_set.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <sstream>

#include "rules/classification.h"
#include "rules/import.h"
#include "rules/native.h"

namespace baleen::rules {
namespace {

Variables variables_of(Dialect dialect, const LoadOptions& options) {
    Variables variables = default_variables(dialect);
    for (const auto& [name, value] : options.variables) variables[name] = value;
    return variables;
}

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    // An empty file puts nothing into the stream, and that counts as failure there.
    if (!file || (!(text << file.rdbuf()) && !file.eof() && file.peek() != EOF))
        return std::nullopt;
    return text.str();
}

// Loads files into a set, with what they have in common.
class Loader {
public:
    Loader(const LoadOptions& options, RuleSet& set)
        : options_(options), set_(set), severities_(default_severities()) {
        for (const Rule& rule : set.rules) remember(rule);
        if (options.classification.empty()) return;
        const auto text = read_file(options.classification);
        if (!text) {
            unreadable(options.classification);
            return;
        }
        for (std::string& problem : read_classification(*text, options.classification, severities_))
            set.problems.push_back({{}, 0, 0, std::move(problem)});
    }

    void load_file(const std::string& path) {
        if (const auto text = read_file(path)) load(*text, path);
        else unreadable(path);
    }

    void load(std::string_view text, const std::string& file) {
        if (file.ends_with(".toml")) load_native(text, file);
        else load_imported(text, file);
    }

private:
    void unreadable(const std::string& path) {
        set_.problems.push_back({path, 0, 0, "cannot be read; check the path and its permissions"});
    }

    void load_native(std::string_view text, const std::string& file) {
        NativeRules native = parse_native(text, file, variables_of(Dialect::suricata, options_));
        set_.counts.rules += native.rules.size() + native.invalid;
        set_.counts.invalid += native.invalid;
        set_.counts.payload_only += native.rules.size();
        for (Problem& problem : native.problems) set_.problems.push_back(std::move(problem));
        for (Rule& rule : native.rules) keep(std::move(rule), true);
    }

    void load_imported(std::string_view text, const std::string& file) {
        const RuleLines lines = split_rules(text);
        const Dialect dialect = options_.dialect.value_or(detect_dialect(lines.rules));
        Networks networks(variables_of(dialect, options_));
        set_.counts.rules += lines.rules.size();
        set_.counts.commented_out += lines.commented_out;
        for (const RuleLine& line : lines.rules) {
            Imported imported =
                import_rule(line, dialect, options_.prefilter, networks, severities_);
            if (!imported.problem.empty()) {
                set_.problems.push_back({file, line.line, 0, std::move(imported.problem)});
                set_.counts.invalid++;
                continue;
            }
            set_.counts.payload_only += imported.payload_only;
            if (!imported.refused.empty()) {
                set_.refused.push_back(
                    {file, line.line, imported.gid, imported.id, std::move(imported.refused)});
                set_.counts.refused += !imported.rule;
            }
            if (!imported.rule) continue;
            imported.rule->file = file;
            keep(std::move(*imported.rule), imported.payload_only);
        }
    }

    void keep(Rule rule, bool payload_only) {
        const auto first = places_.find({rule.gid, rule.id});
        if (first != places_.end()) {
            set_.problems.push_back({rule.file, rule.line, 0,
                                     fmt::format("rule {}:{} is already defined at {}", rule.gid,
                                                 rule.id, first->second)});
            set_.counts.invalid++;
            return;
        }
        (rule.prefilter_only ? set_.counts.prefilter : set_.counts.exact)++;
        set_.counts.payload_only_exact += payload_only && !rule.prefilter_only;
        if (options_.every_hit) tell_every_hit(rule);
        remember(rule);
        set_.rules.push_back(std::move(rule));
    }

    static void tell_every_hit(Rule& rule) {
        rule.rate_limit.reset();
        if (rule.action == Action::tag) rule.action = Action::alert;
    }

    void remember(const Rule& rule) {
        places_[{rule.gid, rule.id}] = fmt::format("{}:{}", rule.file, rule.line);
    }

    const LoadOptions& options_;
    RuleSet& set_;
    Severities severities_;
    std::map<std::pair<uint32_t, uint32_t>, std::string> places_;  // where a rule was defined
};

}  // namespace

std::string format_problem(const Problem& problem) {
    if (problem.file.empty()) return problem.message;
    if (problem.line == 0) return fmt::format("{}: {}", problem.file, problem.message);
    if (problem.column == 0)
        return fmt::format("{}:{}: {}", problem.file, problem.line, problem.message);
    return fmt::format("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message);
}

RuleSet load_rules(const std::vector<std::string>& paths, const LoadOptions& options) {
    RuleSet set;
    Loader loader(options, set);
    for (const std::string& path : paths) loader.load_file(path);
    return set;
}

void load_text(std::string_view text, const std::string& file, const LoadOptions& options,
               RuleSet& set) {
    Loader(options, set).load(text, file);
}

}  // namespace baleen::rules
