// What has come of compiling rules, as text and as JSON.
#pragma once

#include <string>

#include "rules/compile/report.h"
#include "rules/rule_set.h"

namespace baleen::cli {

std::string format_compile_report(const rules::RuleSet& set, const rules::compile::Report& report);
std::string format_compile_json(const rules::RuleSet& set, const rules::compile::Report& report);

}  // namespace baleen::cli
