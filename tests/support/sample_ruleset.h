// A small ruleset in which every section has something, for tests that damage it.
#pragma once

#include "tests/support/ruleset_builder.h"

namespace baleen::test {

ImageBytes sample_ruleset();

}  // namespace baleen::test
