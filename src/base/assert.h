// Assertions for our own mistakes. Input is never asserted: it is checked and refused with a
// reason.
//
// On the packet path they stand per batch, not per packet.
#pragma once

namespace baleen::base {

[[noreturn]] void assert_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace baleen::base

#define BALEEN_ASSERT(expression)        \
    (__builtin_expect(!!(expression), 1) \
         ? static_cast<void>(0)          \
         : ::baleen::base::assert_failed(#expression, __FILE__, __LINE__))
