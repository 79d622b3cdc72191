// Packets or streams: what the parts of a rule demand.
#pragma once

#include "rules/rule.h"

namespace baleen::rules {

// Fills `scope` and `scope_reason`.
void decide_scope(Rule& rule);

// The expression asks for the start or the end of the data: ^ $ \A \G \z \Z outside of classes.
bool has_anchor(const Regex& regex);

}  // namespace baleen::rules
