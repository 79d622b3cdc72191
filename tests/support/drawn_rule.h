// Rules and buffers drawn by lot, from an alphabet so small that most steps match somewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/ruleset_builder.h"

namespace baleen::test {

// 0 ... limit - 1, from whatever the lots come from.
using Lot = std::function<uint64_t(uint64_t limit)>;

std::string draw_buffer(const Lot& below, size_t bytes_max, size_t letters_max = SIZE_MAX);

enum class Taste {
    anything,
    chains,   // of short relative steps that hang on each other by position and variables
    hostile,  // with numbers of any size as well
};
std::vector<StepDraft> draw_steps(const Lot& below, size_t steps_max, Taste taste);

}  // namespace baleen::test
