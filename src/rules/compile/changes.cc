#include "rules/compile/changes.h"

#include <map>
#include <tuple>

namespace baleen::rules::compile {

bool same_content(const Rule& a, const Rule& b) {
    const auto parts = [](const Rule& r) {
        return std::tie(r.gid, r.id, r.rev, r.name, r.classtype, r.severity, r.tags, r.references,
                        r.metadata, r.action, r.rate_limit, r.prefilter_only, r.protocol, r.src,
                        r.dst, r.src_ports, r.dst_ports, r.both_directions, r.flow, r.header_tests,
                        r.steps, r.variables, r.scope);
    };
    return parts(a) == parts(b);
}

RuleChanges find_changes(std::span<const Rule> before, std::span<const Rule> after) {
    std::map<RuleChanges::Id, std::pair<const Rule*, const Rule*>> pairs;
    for (const Rule& rule : before) pairs[{rule.gid, rule.id}].first = &rule;
    for (const Rule& rule : after) pairs[{rule.gid, rule.id}].second = &rule;
    RuleChanges changes;
    for (const auto& [id, pair] : pairs) {
        const auto& [old_rule, new_rule] = pair;
        if (old_rule == nullptr) changes.added.push_back(id);
        else if (new_rule == nullptr) changes.removed.push_back(id);
        else if (!same_content(*old_rule, *new_rule)) changes.changed.push_back(id);
    }
    return changes;
}

}  // namespace baleen::rules::compile
