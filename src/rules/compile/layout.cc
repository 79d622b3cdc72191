#include "rules/compile/layout.h"

#include <map>
#include <utility>

namespace baleen::rules::compile {
namespace {

using ruleset::DatabaseMode;

class Builder {
public:
    Builder(std::span<const Rule> rules, std::span<const RulePlan> plans,
            std::span<const uint32_t> number_of)
        : rules_(rules), plans_(plans), number_of_(number_of) {}

    Layout build(const Grouping& grouping) {
        for (const RuleGroup& group : grouping.groups) add(group);
        return std::move(out_);
    }

private:
    void add(const RuleGroup& group) {
        ruleset::Group out{};
        std::vector<uint32_t> on_packets;
        std::vector<uint32_t> on_streams;
        for (const uint32_t rule : group.rules) {
            if (looks_at_packets(rules_[rule], group.protocol)) on_packets.push_back(rule);
            if (!looks_at_streams(rules_[rule], group.protocol)) continue;
            on_streams.push_back(rule);
            const auto& pattern = plans_[rule].pattern;
            if (!pattern || pattern->kind != PatternKind::direct) out.keeps_bytes = 1;
        }
        out.packet_rules = add_list(on_packets);
        out.stream_rules = add_list(on_streams);
        out.packet_database = add_database(on_packets, DatabaseMode::block);
        out.stream_database = add_database(on_streams, DatabaseMode::stream);
        out.rule_count = static_cast<uint32_t>(group.rules.size());
        out_.groups.push_back(out);
    }

    // Of the rules without a pattern.
    ruleset::Slice add_list(const std::vector<uint32_t>& rules) {
        std::vector<uint32_t> list;
        for (const uint32_t rule : rules)
            if (!plans_[rule].pattern) list.push_back(number_of_[rule]);
        return add_once(list, out_.rule_lists, lists_);
    }

    uint32_t add_database(const std::vector<uint32_t>& rules, DatabaseMode mode) {
        std::map<Expression, std::vector<uint32_t>> by_expression;
        for (const uint32_t rule : rules)
            if (const auto& pattern = plans_[rule].pattern)
                by_expression[pattern->expression].push_back(number_of_[rule]);
        if (by_expression.empty()) return ruleset::absent;
        DatabaseSource source;
        source.mode = mode;
        for (const auto& [expression, numbers] : by_expression) {
            source.ids.push_back(add_pattern(expression, numbers));
            source.expressions.push_back(expression);
        }
        const auto next = static_cast<uint32_t>(out_.databases.size());
        const auto [found, is_new] = databases_.try_emplace({mode, source.ids}, next);
        if (is_new) out_.databases.push_back(std::move(source));
        return found->second;
    }

    uint32_t add_pattern(const Expression& expression, const std::vector<uint32_t>& rules) {
        const auto next = static_cast<uint32_t>(out_.patterns.size());
        const auto [found, is_new] = patterns_.try_emplace({expression, rules}, next);
        if (is_new) out_.patterns.push_back({add_once(rules, out_.pattern_rules, pattern_lists_)});
        return found->second;
    }

    using Lists = std::map<std::vector<uint32_t>, ruleset::Slice>;
    static ruleset::Slice add_once(const std::vector<uint32_t>& list, std::vector<uint32_t>& all,
                                   Lists& known) {
        if (list.empty()) return {};
        const ruleset::Slice next = {static_cast<uint32_t>(all.size()),
                                     static_cast<uint32_t>(list.size())};
        const auto [found, is_new] = known.try_emplace(list, next);
        if (is_new) all.insert(all.end(), list.begin(), list.end());
        return found->second;
    }

    std::span<const Rule> rules_;
    std::span<const RulePlan> plans_;
    std::span<const uint32_t> number_of_;
    Layout out_;
    Lists lists_;
    Lists pattern_lists_;
    std::map<std::pair<Expression, std::vector<uint32_t>>, uint32_t> patterns_;
    std::map<std::pair<DatabaseMode, std::vector<uint32_t>>, uint32_t> databases_;
};

}  // namespace

Layout lay_out(std::span<const Rule> rules, std::span<const RulePlan> plans,
               const Grouping& grouping, std::span<const uint32_t> number_of) {
    return Builder(rules, plans, number_of).build(grouping);
}

}  // namespace baleen::rules::compile
