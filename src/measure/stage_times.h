// Where the time of a worker's polls goes: an observer of its stages (dataplane/stage.h).
//
// Reading the counter costs about 20 cycles, eight times a poll, which is 1 ns a packet: the stages
// add up to a little more than a poll that nobody watches. The counter is read without fences, so
// that loads a stage has issued go on while the next one begins, as they do otherwise.
#pragma once

#include <x86intrin.h>

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/stage.h"

namespace baleen::measure {

inline constexpr uint32_t stage_count = static_cast<uint32_t>(dataplane::Stage::count);

class StageTimes {
public:
    StageTimes() { polls_.reserve(polls_max); }

    void begin_poll() { begun_ = last_ = __rdtsc(); }
    void done(dataplane::Stage stage) {
        const uint64_t now = __rdtsc();
        ticks_[static_cast<uint32_t>(stage)] += now - last_;
        last_ = now;
    }
    void end_poll() {
        if (polls_.size() < polls_max) polls_.push_back(last_ - begun_);
    }

    const std::array<uint64_t, stage_count>& ticks() const { return ticks_; }
    const std::vector<uint64_t>& polls() const { return polls_; }

private:
    static constexpr size_t polls_max = 1 << 20;  // 67 M packets; what comes later is like it

    std::array<uint64_t, stage_count> ticks_{};
    std::vector<uint64_t> polls_;
    uint64_t begun_ = 0;
    uint64_t last_ = 0;
};

}  // namespace baleen::measure
