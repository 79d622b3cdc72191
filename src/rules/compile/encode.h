// The parts of a rule as an image has them, one to one.
#pragma once

#include "baleen/ruleset.h"
#include "rules/rule.h"

namespace baleen::rules::compile {

void encode_flow(const FlowCondition& flow, ruleset::Rule& out);
ruleset::HeaderTest encode_test(const HeaderTest& test);
// Without `bytes` and `regex`, which lie elsewhere.
ruleset::Step encode_step(const Step& step);

}  // namespace baleen::rules::compile
