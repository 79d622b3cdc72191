// Work that may take too long, too much memory or a signal, done in a child process.
//
// Hyperscan cannot be told to stop: hs_compile may take minutes over a few characters. A child can
// be killed, gives back all of its memory, and takes nothing with it if it crashes.
//
// Must hold: `work` allocates (glibc keeps malloc usable in a child of fork) and calls Hyperscan,
// but takes no locks of ours and writes nothing but to the descriptor it is given. The child has no
// other descriptors of the parent than the standard ones, and dies with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace baleen::rules::compile {

class ChildOutput {
public:
    explicit ChildOutput(int descriptor) : descriptor_(descriptor) {}
    void write(std::span<const char> bytes) const;

private:
    int descriptor_;
};

struct ChildRun {
    enum class End { done, silent, died };
    End end = End::died;
    std::string output;       // all that was written until then
    std::string reason;       // if it died
    uint64_t peak_bytes = 0;  // of resident memory, the parent's pages that it shares included
};

// Kills a child that writes nothing for `silence_max`.
ChildRun run_in_child(const std::function<void(const ChildOutput&)>& work,
                      std::chrono::milliseconds silence_max);

}  // namespace baleen::rules::compile
