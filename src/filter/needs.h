// Which filters look at the fixed part of a flow record alone, so that a search need not unpack
// the sections of records that it passes over.
//
// Must hold: a field that is said to need no sections gives the same values whatever they hold.
#pragma once

#include "filter/filter.h"

namespace baleen::filter {

// Of flows. What is not known to do without them needs them.
bool needs_sections(const Field& field);
bool needs_sections(const Filter& filter);

}  // namespace baleen::filter
