#include "rules/compile/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "baleen/ruleset.h"
#include "rules/compile/expression_check.h"
#include "rules/compile/groups.h"
#include "rules/compile/hyperscan.h"
#include "rules/compile/pcre_check.h"

namespace baleen::rules::compile {
namespace {

using ruleset::protocol_bit;

bool is_on_streams(const Rule& rule) {
    return (protocols_of(rule) & protocol_bit(ruleset::Protocol::tcp)) != 0 &&
           looks_at_streams(rule, ruleset::Protocol::tcp);
}

bool is_on_packets(const Rule& rule) {
    const uint8_t protocols = protocols_of(rule);
    return (protocols & ~protocol_bit(ruleset::Protocol::tcp)) != 0 ||
           looks_at_packets(rule, ruleset::Protocol::tcp);
}

// For people; expressions may be long.
std::string shown(const Regex& regex) {
    constexpr size_t shown_max = 60;
    const bool cut = regex.pattern.size() > shown_max;
    return fmt::format("/{}{}/", std::string_view(regex.pattern).substr(0, shown_max),
                       cut ? "..." : "");
}

// Both engines say what is wrong with it: they point at different places.
std::string find_regex_problem(const Regex& regex) {
    const std::string problem = find_pcre_problem(regex);
    if (problem.empty()) return {};
    hs_expr_info_t* info = nullptr;
    hs_compile_error_t* error = nullptr;
    const Expression expression = of_regex(regex, HS_FLAG_PREFILTER);
    ::hs_expression_info(expression.text.c_str(), expression.flags, &info, &error);
    ::free(info);
    const CompileErrorPtr owner(error);
    const std::string also = error != nullptr ? "; Hyperscan: " + message_of(error) : "";
    return fmt::format("the expression {} is not valid (PCRE2: {}{})", shown(regex), problem, also);
}

// Takes each rule to the first of its candidates that Hyperscan takes, in rounds: only those are
// asked about that come to be needed.
class Planner {
public:
    Planner(std::span<const Rule> rules, std::vector<RulePlan>& plans,
            const CompileOptions& options, const hs_platform_info_t& platform)
        : rules_(rules), plans_(plans), options_(options), platform_(platform) {}

    void plan() {
        std::vector<uint32_t> open;
        for (uint32_t i = 0; i < rules_.size(); i++) {
            candidates_.push_back(plans_[i].dropped.empty() ? candidates(rules_[i])
                                                            : std::vector<Candidate>());
            if (plans_[i].dropped.empty()) open.push_back(i);
        }
        next_.assign(rules_.size(), 0);
        while (!open.empty()) {
            ask_about(open);
            std::erase_if(open, [&](uint32_t rule) { return settle(rule); });
        }
    }

private:
    // Whether an expression is taken may hang on the mode, so that is asked for together with it.
    struct Asked {
        Expression expression;
        bool block;
        bool stream;
        auto operator<=>(const Asked&) const = default;
    };

    const Candidate* current(uint32_t rule) const {
        return next_[rule] < candidates_[rule].size() ? &candidates_[rule][next_[rule]] : nullptr;
    }
    Asked asked(uint32_t rule, const Candidate& candidate) const {
        return {candidate.expression, is_on_packets(rules_[rule]), is_on_streams(rules_[rule])};
    }

    void ask_about(const std::vector<uint32_t>& open) {
        std::vector<ExpressionQuestion> questions;
        std::vector<Asked> keys;
        for (const uint32_t rule : open) {
            const Candidate* candidate = current(rule);
            if (candidate == nullptr || !candidate->needs_check) continue;
            Asked key = asked(rule, *candidate);
            if (!answers_.try_emplace(key).second) continue;
            questions.push_back({key.expression, key.block, key.stream});
            keys.push_back(std::move(key));
        }
        const ExpressionLimits limits = {options_.expression_time_max,
                                         options_.expression_bytes_max};
        auto found = check_expressions(questions, limits, platform_);
        for (size_t i = 0; i < keys.size(); i++) answers_[keys[i]] = std::move(found[i]);
    }

    // True: nothing is left to ask about the rule.
    bool settle(uint32_t rule) {
        using Kind = ExpressionAnswer::Kind;
        RulePlan& plan = plans_[rule];
        const Candidate* candidate = current(rule);
        // Where Hyperscan is at a loss, a judge that looks at nearly everything would be as well.
        const bool is_rare = candidate != nullptr && candidate->kind == PatternKind::literal;
        if (!plan.too_much.empty() && !is_rare) {
            plan.dropped = plan.too_much;
            return true;
        }
        if (candidate == nullptr) {
            if (plan.without_pattern.empty() && !rules_[rule].steps.empty())
                plan.without_pattern = "none of its steps says which bytes there must be";
            return true;
        }
        if (!candidate->needs_check) {
            plan.pattern = *candidate;
            return true;
        }
        next_[rule]++;
        const ExpressionAnswer& answer = answers_[asked(rule, *candidate)];
        if (answer.kind == Kind::taken && !(answer.needs_end && is_on_streams(rules_[rule]))) {
            plan.pattern = *candidate;
            return true;
        }
        if (answer.kind == Kind::taken) {
            plan.without_pattern = "its expression is decided only where a stream ends";
        } else if (answer.kind == Kind::refused) {
            plan.without_pattern = fmt::format("Hyperscan: {}", answer.message);
        } else {
            plan.too_much = fmt::format("{} (Hyperscan)", answer.message);
        }
        return false;
    }

    std::span<const Rule> rules_;
    std::vector<RulePlan>& plans_;
    const CompileOptions& options_;
    const hs_platform_info_t& platform_;
    std::vector<std::vector<Candidate>> candidates_;
    std::vector<size_t> next_;
    std::map<Asked, ExpressionAnswer> answers_;
};

}  // namespace

std::string find_rule_problem(const Rule& rule) {
    if (rule.variables.size() > ruleset::variables_max)
        return fmt::format("the rule keeps {} numbers, and {} are possible", rule.variables.size(),
                           ruleset::variables_max);
    if (is_impossible(rule)) return "a literal is longer than the window it has to lie in";
    for (const Step& step : rule.steps)
        if (const auto* regex = std::get_if<Regex>(&step))
            if (std::string problem = find_regex_problem(*regex); !problem.empty()) return problem;
    return {};
}

std::vector<RulePlan> plan_rules(std::span<const Rule> rules, std::span<const std::string> problems,
                                 const CompileOptions& options,
                                 const hs_platform_info_t& platform) {
    std::vector<RulePlan> plans(rules.size());
    for (size_t i = 0; i < rules.size(); i++) {
        plans[i].dropped = problems[i];
        plans[i].judged_at_end = is_on_streams(rules[i]) && is_judged_at_end(rules[i]);
    }
    Planner(rules, plans, options, platform).plan();
    return plans;
}

}  // namespace baleen::rules::compile
