// One rule of a rule file on its way to a Rule: what its options have said so far.
//
// Three things can be wrong with an option. It is not well formed: fail(), and the rule is invalid.
// It says something that a Rule cannot: refuse(), and the rule is refused, or loaded as prefilter
// without it. Or both engines would take it differently from what we mean: that is what the
// comments of the handlers are about.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/networks.h"
#include "rules/rule.h"
#include "rules/rule_text.h"

namespace baleen::rules {

// A step before it is known what becomes of the rule.
struct DraftStep {
    Step step;
    bool elsewhere = false;  // it looks into something other than the payload
    bool resets = false;     // the position is 0 again before it
    // Modifiers of a Literal that were given.
    bool has_offset = false;
    bool has_depth = false;
    bool has_distance = false;
    bool has_within = false;
    bool at_start = false;
};

class Draft {
public:
    Draft(Dialect dialect_of_file, const std::map<std::string, uint32_t, std::less<>>& classes)
        : dialect(dialect_of_file), severities(classes) {}

    void fail(std::string why) {
        if (problem.empty()) problem = std::move(why);
    }
    void refuse(std::string keyword) { refused.insert(std::move(keyword)); }
    // The same, for what is no matter of the payload and the headers of a packet.
    void refuse_elsewhere(std::string keyword) {
        refuse(std::move(keyword));
        looks_elsewhere = true;
    }

    // Appends a step to the buffer that is looked at now.
    DraftStep& add(Step step);
    // The Literal that modifiers belong to, or nullptr after fail().
    DraftStep* last_literal(std::string_view modifier);
    // An integer, or the name of a number extracted before.
    Number number(std::string_view text, std::string_view what);
    int64_t integer(std::string_view text, std::string_view what);
    // Index of the variable of that name, which is new if need be.
    int variable(std::string_view name);

    Dialect dialect;
    const std::map<std::string, uint32_t, std::less<>>& severities;
    Rule rule;
    std::vector<DraftStep> steps;
    bool in_buffer = false;  // a sticky buffer other than the payload is looked at
    bool resets_next = false;
    bool any_port = false;  // the ports of the header are not conditions (Snort 3's service)
    int literal = -1;       // index of the last content
    bool has_severity = false;
    bool looks_elsewhere = false;
    std::string problem;
    std::set<std::string> refused;
};

// Decimal or 0x, with a sign.
bool parse_integer(std::string_view text, int64_t& value);

// FIELD tests: 5, !5, >5, <=5, 1<>5 (between, exclusive), 1<=>5 (inclusive).
// Returns the reason why not, or nothing.
std::string parse_range(std::string_view text, uint64_t highest, FieldTest& test);

}  // namespace baleen::rules
