// What a figure depends on besides the code: the machine, and this build.
#pragma once

#include <cstdint>
#include <string>

namespace baleen::measure {

struct Machine {
    std::string cpu;     // model name
    std::string kernel;  // of the operating system
    std::string build;   // version, compiler, kind of build
    uint32_t cores;      // that this process may use
    uint64_t l2_bytes, l3_bytes;
    uint64_t memory_bytes;
    bool reserved_hugepages;  // false: tables lie on transparent ones
};
Machine this_machine();

uint32_t usable_cores();
double ns_per_tick();  // of the time-stamp counter
// Memory that can be taken without swapping, free hugepages included.
uint64_t available_bytes();

}  // namespace baleen::measure
