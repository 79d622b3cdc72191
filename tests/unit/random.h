// Random input that can be had again: everything is drawn from the seed of the run, which is
// printed.
#pragma once

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>

#include "tests/support/seed.h"

namespace baleen::test {

class Random {
public:
    Random() : Random(seed()) {
        std::printf("[   SEED   ] repeat with BALEEN_SEED=%llu\n",
                    static_cast<unsigned long long>(seed()));
    }
    // For a second thread, with a seed drawn from the first.
    explicit Random(uint64_t seed_value) : engine_(seed_value) {}

    uint64_t next() { return engine_(); }
    // 0 ... limit - 1. The modulo's bias is nothing to a test; the same on every standard library
    // is.
    uint64_t below(uint64_t limit) { return engine_() % limit; }
    uint64_t between(uint64_t low, uint64_t high) { return low + below(high - low + 1); }
    bool one_in(uint64_t n) { return below(n) == 0; }
    // Small and large numbers alike: as many significant bits as drawn first.
    uint64_t of_bits(uint32_t bits_max) {
        const uint64_t bits = between(0, bits_max);
        return bits == 0 ? 0 : engine_() >> (64 - bits);
    }
    template <class Container>
    const auto& pick(const Container& from) {
        return from[below(std::size(from))];
    }
    // Any bytes at all.
    std::string bytes(size_t size_max) {
        std::string out(below(size_max + 1), '\0');
        for (char& c : out) c = static_cast<char>(below(256));
        return out;
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace baleen::test
