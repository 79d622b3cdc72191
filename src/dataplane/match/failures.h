// States from which the rest of a rule's steps is known to fail, so that none is tried twice.
//
// Owns: a table of fixed size; what it has no room for is forgotten and costs work again, never a
// wrong verdict. Emptied by counting a generation up. A state is the step that comes next, the
// position, and an epoch that stands for the variables: equal epochs, equal variables.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/match/step_plan.h"

namespace baleen::match {

class Failures {
public:
    struct State {
        uint32_t step;
        uint32_t epoch;
        uint32_t position;
    };

    void clear() {
        if (++generation_ != 0) return;
        generation_ = 1;
        entries_.fill({});
        searches_.fill({});
    }

    bool has(const State& state) const {
        const size_t bucket = bucket_of(state);
        for (size_t i = 0; i < ways; i++)
            if (is(entries_[bucket + i], state)) return true;
        return false;
    }
    void add(const State& state) {
        const size_t bucket = bucket_of(state);
        size_t way = 0;
        while (way < ways && entries_[bucket + way].generation == generation_) way++;
        if (way == ways) way = next_victim_++ % ways;
        entries_[bucket + way] = {generation_, state};
    }

    // The same for a literal without a length: where all its matches from one place on have failed,
    // so will those from any later place on.
    bool has_search(const State& from) const {
        const Entry& entry = searches_[from.step];
        return entry.generation == generation_ && entry.state.epoch == from.epoch &&
               entry.state.position <= from.position;
    }
    void add_search(const State& from) {
        if (!has_search(from)) searches_[from.step] = {generation_, from};
    }

private:
    struct Entry {
        uint32_t generation;
        State state;
    };
    static_assert(sizeof(Entry) == 16);
    // A bucket is a cache line. 128 KiB in all: as many states as a judgement has units of work
    // would be 1.6 MB, which no worker has in its L2.
    static constexpr size_t ways = 4;
    static constexpr uint32_t bucket_count_log2 = 11;
    static constexpr size_t entry_count = ways << bucket_count_log2;

    bool is(const Entry& entry, const State& state) const {
        return entry.generation == generation_ && entry.state.step == state.step &&
               entry.state.epoch == state.epoch && entry.state.position == state.position;
    }
    static size_t bucket_of(const State& state) {
        // Fibonacci hashing: the upper bits of a multiple of the golden ratio depend on all bits.
        const uint64_t mixed =
            (uint64_t{state.position} << 8 ^ state.step ^ uint64_t{state.epoch} << 40) *
            0x9e3779b97f4a7c15;
        return (mixed >> (64 - bucket_count_log2)) * ways;
    }

    uint32_t generation_ = 0;
    uint32_t next_victim_ = 0;
    alignas(64) std::array<Entry, entry_count> entries_{};
    std::array<Entry, steps_max> searches_{};
};

}  // namespace baleen::match
