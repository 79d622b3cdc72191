// The bytes of which an expression takes as many as there are before all else: [^\r\n]*X, \s+X.
//
// Why: where no match begins at a byte of a run of them, none begins at a later one of that run,
// for the rest of the expression has been tried at every place to which that could bring it. PCRE2
// tries all the same, each time to the end of the run, which makes searching quadratic.
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <bitset>
#include <cstdint>
#include <string_view>

namespace baleen::match {

using ByteSet = std::bitset<256>;

// `options` and `context`: as it is compiled with. Empty: it does not begin so, or that is not
// certain.
ByteSet leading_run(std::string_view expression, uint32_t options, pcre2_compile_context* context);

}  // namespace baleen::match
