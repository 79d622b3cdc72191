// Whether a record makes sense. Records come out of memory that another process writes.
#pragma once

#include "baleen/record.h"

namespace baleen::record {

// nullptr: it does; else the name of what is wrong.
const char* find_problem(const FlowRecord& record);

}  // namespace baleen::record
