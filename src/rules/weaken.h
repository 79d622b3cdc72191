// The steps of a draft become those of the rule: all of them, or those that are left of a rule that
// is loaded as prefilter.
#pragma once

#include "rules/draft.h"

namespace baleen::rules {

// All steps, as they are.
std::vector<Step> exact_steps(const Draft& draft);

// Steps that hold whenever all steps of the draft hold: those that look elsewhere are left out, and
// what hangs on them is loosened or left out. Empty if no bytes are left to search for.
std::vector<Step> weaker_steps(const Draft& draft);

}  // namespace baleen::rules
