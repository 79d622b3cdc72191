// Where the time of a worker's polls goes: an observer of its stages (dataplane/stage.h).
//
// Reading the counter costs about 20 cycles, seven times a poll, which is 1 ns a packet: the stages
// add up to a little more than a poll that nobody watches. The counter is read without fences, so
// that loads a stage has issued go on while the next one begins, as they do otherwise.
// A poll during which the core was taken away would make its stage look slow: it counts among the
// polls, not among the stages.
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

    void begin_poll() {
        begun_ = last_ = __rdtsc();
        now_ = {};
    }
    void done(dataplane::Stage stage) {
        const uint64_t now = __rdtsc();
        now_[static_cast<uint32_t>(stage)] += now - last_;
        last_ = now;
    }
    void end_poll(uint64_t packets) {
        const uint64_t took = last_ - begun_;
        if (polls_.size() < polls_max) polls_.push_back(took);
        if (took > undisturbed_max) return;
        packets_ += packets;
        for (uint32_t i = 0; i < stage_count; i++) ticks_[i] += now_[i];
    }

    const std::array<uint64_t, stage_count>& ticks() const { return ticks_; }
    uint64_t packets() const { return packets_; }
    // All of them, disturbed or not.
    const std::vector<uint64_t>& polls() const { return polls_; }

private:
    static constexpr size_t polls_max = 1 << 20;  // 67 M packets; what comes later is like it

    // 64 packets take 3 to 20 us; this is 250 us on a machine of 2 GHz, 125 us on one of 4 GHz.
    // Another thread's turn lasts milliseconds.
    static constexpr uint64_t undisturbed_max = 500'000;

    std::array<uint64_t, stage_count> ticks_{};
    std::array<uint64_t, stage_count> now_{};  // of the poll at hand
    uint64_t packets_ = 0;
    std::vector<uint64_t> polls_;
    uint64_t begun_ = 0;
    uint64_t last_ = 0;
};

}  // namespace baleen::measure
