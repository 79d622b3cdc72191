// Whether PCRE2, by which the data plane judges what Hyperscan has found, takes an expression.
#pragma once

#include <string>

#include "rules/payload_step.h"

namespace baleen::rules::compile {

// What PCRE2 says against it; empty: nothing.
std::string find_pcre_problem(const Regex& regex);

}  // namespace baleen::rules::compile
