#include "rules/import.h"

#include <fmt/format.h>

#include "rules/draft.h"
#include "rules/import_header.h"
#include "rules/keywords.h"
#include "rules/scope.h"
#include "rules/weaken.h"

namespace baleen::rules {
namespace {

// The rule without what cannot be expressed, if there is something to search for.
bool make_prefilter(Draft& draft) {
    Rule& rule = draft.rule;
    rule.steps = weaker_steps(draft);
    if (rule.steps.empty()) return false;
    rule.prefilter_only = true;
    if (draft.any_port) rule.src_ports = rule.dst_ports = PortSet::all();
    // Hits of a prefilter are candidates for whoever can judge them; fewer of them may be none.
    rule.rate_limit.reset();
    return true;
}

// Actions, limits and contents that are refused as a whole must not leave a rule behind that does
// something else than asked: a pass rule is no alert.
bool can_be_prefilter(const Draft& draft) {
    for (const std::string& keyword : draft.refused)
        if (keyword.starts_with("action ") || keyword.starts_with("content ") ||
            keyword.starts_with("byte_jump ") || keyword.starts_with("byte_test ") ||
            keyword.starts_with("byte_extract ") || keyword.starts_with("isdataat "))
            return false;
    return true;
}

}  // namespace

Imported import_rule(const RuleLine& line, Dialect dialect, bool prefilter, Networks& networks,
                     const Severities& severities) {
    Imported out;
    const auto parts = split_rule(line.text);
    if (!parts) {
        out.problem = parts.error().message;
        return out;
    }
    Draft draft(dialect, severities);
    for (const Option& option : parts->options) read_option(draft, option);
    read_header(draft, parts->header, networks);
    Rule& rule = draft.rule;
    rule.line = line.line;
    out.gid = rule.gid;
    out.id = rule.id;
    if (rule.id == 0) draft.fail("sid is missing");
    out.problem = draft.problem;
    if (!draft.problem.empty()) return out;

    out.refused.assign(draft.refused.begin(), draft.refused.end());
    out.payload_only = !draft.looks_elsewhere;
    if (draft.refused.empty()) rule.steps = exact_steps(draft);
    else if (!prefilter || !can_be_prefilter(draft) || !make_prefilter(draft)) return out;
    decide_scope(rule);
    out.rule = std::move(rule);
    return out;
}

Dialect detect_dialect(const std::vector<RuleLine>& rules) {
    DialectVotes votes;
    for (const RuleLine& line : rules)
        if (const auto parts = split_rule(line.text)) vote(parts->options, votes);
    return votes.snort3 > votes.suricata ? Dialect::snort3 : Dialect::suricata;
}

}  // namespace baleen::rules
