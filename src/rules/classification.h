// Priorities of classtypes, as files named classification.config give them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/import.h"

namespace baleen::rules {

// Those that both engines ship.
Severities default_severities();

// Lines "config classification: NAME,DESCRIPTION,PRIORITY"; each goes over what was there before.
// Returns what is wrong, as "FILE:LINE: sentence".
std::vector<std::string> read_classification(std::string_view text, std::string_view file,
                                             Severities& severities);

}  // namespace baleen::rules
