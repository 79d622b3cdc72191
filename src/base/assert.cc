#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace baleen::base {

void assert_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "baleen: bug: %s does not hold at %s:%d\n", expression, file, line);
    std::abort();
}

}  // namespace baleen::base
