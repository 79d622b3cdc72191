// Work that is done by another program: packets searched and read, graphs measured. It can be
// killed, its memory has a limit, and what it chokes on takes nothing else with it.
//
// Shape: a program from the folder that this one lies in; what it gets on its standard input, what
// it says on its standard output; its complaints are kept. Must hold: the process is gone when the
// object is.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace baleen::process {

// What ends a process before its time.
struct Limits {
    uint64_t memory_bytes = 0;  // address space; 0: none
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    const std::atomic<bool>* cancelled = nullptr;
};

class HelperProcess {
public:
    // `handed`: a descriptor that the process has as its number 3; it stays the caller's as well.
    static base::Result<HelperProcess> start(const std::string& program,
                                             std::vector<std::string> arguments,
                                             const Limits& limits, int handed = -1);
    HelperProcess(HelperProcess&& other) noexcept;
    HelperProcess& operator=(HelperProcess&&) = delete;
    ~HelperProcess();

    // Hands over all there is of `input`; it is taken as the process reads (see read()).
    void give(std::string input);
    // The same, and there will be more.
    void say(std::string_view text);
    // From here on; the memory stays.
    void limit(std::chrono::steady_clock::time_point deadline, const std::atomic<bool>* cancelled);
    // Appends what the process has said, once that is something. False: that was all, and it ended
    // well. An error: it was too slow, the asker has gone, or it ended badly, with its complaints.
    base::Result<bool> read(std::string& out);
    // Everything it says, `bytes_max` at most.
    base::Result<std::string> read_all(size_t bytes_max);

private:
    HelperProcess() = default;
    base::Status wait();
    void feed();
    base::Result<bool> end();

    std::string program_;
    Limits limits_;
    pid_t pid_ = -1;
    base::FileDescriptor input_, output_, errors_;
    std::string given_;
    size_t fed_ = 0;
    bool is_all_given_ = false;
    std::string complaints_;
};

}  // namespace baleen::process
