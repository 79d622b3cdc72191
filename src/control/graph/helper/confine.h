// Gives up whatever computing does not need, by seccomp (seccomp(2), mode filter).
#pragma once

namespace baleen::graph {

// From here on every other system call than those of memory, reading, writing and ending fails with
// EPERM. False: the kernel cannot.
bool confine();

}  // namespace baleen::graph
