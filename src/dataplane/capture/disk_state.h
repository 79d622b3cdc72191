// Whether a disk takes what is written, and what the user is told of it: one sentence when it does
// not any more (and one when the reason is another), one when it does again.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"

namespace baleen::capture {

class DiskState {
public:
    DiskState(std::string directory, std::vector<std::string>& notices)
        : directory_(std::move(directory)), notices_(notices) {}

    bool is_failing() const { return !why_.empty(); }

    void fails(const std::string& why, int64_t now_ns) {
        if (why == why_) return;
        if (!is_failing()) since_ns_ = now_ns;
        why_ = why;
        notices_.push_back(
            fmt::format("packets cannot be written to '{}': {}; they are kept and tried again",
                        directory_, why_));
    }
    void works(int64_t now_ns) {
        if (!is_failing()) return;
        why_.clear();
        constexpr int64_t millisecond_ns = 1'000'000;
        const int64_t lasted_ns = (now_ns - since_ns_) / millisecond_ns * millisecond_ns;
        notices_.push_back(fmt::format("writing to '{}' works again, after {}", directory_,
                                       base::format_duration_ns(lasted_ns)));
    }

private:
    std::string directory_;
    std::vector<std::string>& notices_;
    std::string why_;
    int64_t since_ns_ = 0;
};

}  // namespace baleen::capture
