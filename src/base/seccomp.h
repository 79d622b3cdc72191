// Which system calls a process keeps, by seccomp (seccomp(2), mode filter).
#pragma once

#include <cstdint>
#include <span>

namespace baleen::base {

enum class Threads : uint8_t { none, allowed };

// From here on every other call fails with `refusal` (an errno), in this process, its threads, and
// whatever it becomes by exec. Threads: clone() as far as it makes threads, never a process; what
// is asked of clone3() the filter cannot see, and ENOSYS makes glibc use clone(). False: the kernel
// cannot.
bool keep_only(std::span<const unsigned> calls, uint16_t refusal, Threads threads);

}  // namespace baleen::base
