// The parts of a report that the image does not hold, as text: for the cache.
#pragma once

#include <string>
#include <string_view>

#include "rules/compile/report.h"

namespace baleen::rules::compile {

// Lines of a word and its values; the reason of a note goes to the end of the line.
std::string format_report(const Report& report);
// Adds what it says. False: it is not such a text.
bool read_report(std::string_view text, Report& report);

}  // namespace baleen::rules::compile
