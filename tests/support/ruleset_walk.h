// Reads all that an opened ruleset refers to, so that a sanitizer sees what leads outside.
#pragma once

#include "ruleset/image.h"

namespace baleen::test {

// A sum over everything, which depends on it.
uint64_t read_all(const ruleset::Image& image);

}  // namespace baleen::test
