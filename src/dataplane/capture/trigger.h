// Somebody wants packets out of the history, and those that come next.
#pragma once

#include <cstdint>
#include <string>

#include "packet/capture_filter.h"

namespace baleen::capture {

struct Trigger {
    uint32_t id;
    uint64_t flow_id;  // 0: of any flow
    packet::CaptureFilter filter;
    std::string text;  // what it was asked for, for the user
    int64_t from_ns;   // time stamps: from_ns <= time < until_ns
    int64_t until_ns;
    int64_t after_ns;  // how long from now on `until_ns` is
};

}  // namespace baleen::capture
