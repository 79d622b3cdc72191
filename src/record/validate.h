// Whether a record makes sense. Records come out of memory that another process writes.
#pragma once

#include <cstdint>
#include <span>

#include "baleen/record.h"

namespace baleen::record {

// nullptr: it does; else the name of what is wrong.
const char* find_problem(const FlowRecord& record);

// The same of what stands in front of the sections.
const char* find_fixed_problem(const FlowRecord& record);

// Copies a record out of a frame or a store; sections that it does not have become zero. nullptr:
// it makes sense; else the name of what is wrong.
const char* read_record(std::span<const uint8_t> bytes, FlowRecord& record);

}  // namespace baleen::record
