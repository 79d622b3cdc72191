// What a process sees of the file system, by Landlock (landlock(7)).
#pragma once

#include <span>

namespace baleen::sharkd {

// From here on this process, and whatever it becomes, can read what lies in `folders`, can execute
// `program` and what a program needs to be loaded, and can open nothing else and write nowhere.
// Files that are open stay usable. False: the kernel cannot.
bool read_only(std::span<const char* const> folders, const char* program);

}  // namespace baleen::sharkd
