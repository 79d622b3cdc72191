// Which pattern stands for a rule: all it looks for, or a sign without which it cannot hit.
//
// Must hold: wherever a rule hits, each of its candidates occurs, with one proviso. On a stream
// only such patterns are chosen as match before the end of the stream is known (`needs_end`
// excludes the others), so that nothing hangs on when and how a stream is closed.
#pragma once

#include <span>
#include <vector>

#include "rules/compile/expression.h"
#include "rules/rule.h"

namespace baleen::rules::compile {

enum class PatternKind {
    direct,     // all of the rule
    literal,    // bytes, of a literal or inside of a regex
    regex,      // one of its expressions
    prefilter,  // the same, as far as Hyperscan understands it
    weak,       // bytes that are frequent
};

struct Candidate {
    Expression expression;
    PatternKind kind;
    // It is an expression that Hyperscan has to be asked about; bytes it always takes.
    bool needs_check = false;
    // Hyperscan does not have to follow it from every byte of the data on.
    bool is_selective = true;
};

// In order of preference; none: the rule has to be judged on everything.
std::vector<Candidate> candidates(const Rule& rule);

// What bytes to come may do to a hit on those so far: a step is negated, or depends on where the
// data ends.
bool is_judged_at_end(const Rule& rule);

// No buffer can satisfy the rule, whatever is in it.
bool is_impossible(const Rule& rule);

}  // namespace baleen::rules::compile
