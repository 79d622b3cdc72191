// Numbers for the states of a rule's variables: equal numbers, equal variables.
//
// Owns: a table of fixed size of what followed what, so that a value read again after going back
// has the number it had before. What the table has forgotten gets a new number: two numbers may
// stand for the same variables, which costs work and no more.
#pragma once

#include <array>
#include <cstdint>

namespace baleen::match {

class Epochs {
public:
    // All variables are 0 at first, and that has the number 0.
    void clear() {
        count_ = 0;
        if (++generation_ != 0) return;
        generation_ = 1;
        entries_.fill({});
    }

    // The number of what `before` stands for, but that `variable` is `value`.
    uint32_t after(uint32_t before, uint32_t variable, uint64_t value) {
        // Fibonacci hashing: the upper bits of a multiple of the golden ratio depend on all bits.
        const uint64_t mixed =
            (value ^ uint64_t{before} << 20 ^ uint64_t{variable} << 60) * 0x9e3779b97f4a7c15;
        Entry& entry = entries_[mixed >> (64 - entry_count_log2)];
        const bool is_known = entry.generation == generation_ && entry.before == before &&
                              entry.variable == variable && entry.value == value;
        if (!is_known) entry = {value, generation_, before, variable, ++count_};
        return entry.after;
    }

private:
    struct Entry {
        uint64_t value;
        uint32_t generation;
        uint32_t before;
        uint32_t variable;
        uint32_t after;
    };

    static constexpr uint32_t entry_count_log2 = 10;  // 24 KiB

    uint32_t generation_ = 0;
    uint32_t count_ = 0;
    std::array<Entry, size_t{1} << entry_count_log2> entries_{};
};

}  // namespace baleen::match
