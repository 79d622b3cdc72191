// How far compiling rules is, and what has come of it, as text and as JSON.
#pragma once

#include <string>

#include "rules/compile/options.h"
#include "rules/compile/report.h"
#include "rules/rule_set.h"

namespace baleen::cli {

// On standard error, if that is a terminal.
void show_progress(const rules::compile::Progress& progress);

std::string format_compile_report(const rules::RuleSet& set, const rules::compile::Report& report);
std::string format_compile_json(const rules::RuleSet& set, const rules::compile::Report& report);

}  // namespace baleen::cli
