// In which order a round visits all flows: every one once, at random, without a list of them.
//
// Why: a list of a shuffled order would be read from memory beside the flows and would cost what is
// to be measured; a fixed stride would let a prefetcher or the DRAM's open rows help. A permutation
// computed from a counter costs ten instructions and no memory. Each round has another one, not
// only another beginning: a table keeps flows in the order of the first round, and would be gone
// through in order.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace baleen::drivers {

// The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection that scatters any counter.
inline uint64_t scatter(uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

class FlowOrder {
public:
    // `flow_count`: 1 ... 2^31.
    FlowOrder(uint64_t seed, uint32_t flow_count) : seed_(seed), flow_count_(flow_count) {
        // The counters of a round: a power of two, at least the flows; what falls beyond them is
        // skipped, half of it at worst.
        const auto bits = std::max(1u, static_cast<uint32_t>(std::bit_width(flow_count - 1u)));
        mask_ = static_cast<uint32_t>((uint64_t{1} << bits) - 1);
        shift_ = (bits + 1) / 2;
        begin_round(0);
    }

    uint64_t round() const { return round_; }
    bool round_is_over() const { return counter_ > mask_; }
    void begin_next_round() { begin_round(round_ + 1); }

    // The next flows of this round into `out`: up to `limit`, fewer where the round ends.
    uint32_t take(uint32_t* out, uint32_t limit) {
        const FlowOrder own = *this;  // the compiler cannot know that `out` is not ours
        uint64_t counter = counter_;
        uint32_t count = 0;
        while (count < limit && counter <= own.mask_) {
            // Written always, counted if it is a flow: no branch that half of the time goes wrong.
            out[count] = own.permuted(static_cast<uint32_t>(counter++));
            count += out[count] < own.flow_count_ ? 1 : 0;
        }
        counter_ = counter;
        return count;
    }

private:
    void begin_round(uint64_t round) {
        round_ = round;
        counter_ = 0;
        const uint64_t random = scatter(seed_ + 0x9e3779b97f4a7c15 * (2 * round + 1));
        const uint64_t other = scatter(seed_ + 0x9e3779b97f4a7c15 * (2 * round + 2));
        key_ = static_cast<uint32_t>(random);
        factors_ = {static_cast<uint32_t>(other) | 1, static_cast<uint32_t>(other >> 32) | 1};
    }

    // Each step is a bijection of the counter's bits: adding, multiplying by an odd number, folding
    // the upper half into the lower one. Sum and factors are the round's own.
    uint32_t permuted(uint32_t value) const {
        value = (value + key_) * factors_[0] & mask_;
        value ^= value >> shift_;
        value = value * factors_[1] & mask_;
        return value ^ value >> shift_;
    }

    uint64_t seed_;
    uint32_t flow_count_;
    uint32_t mask_;
    uint32_t shift_;
    uint32_t key_ = 0;
    std::array<uint32_t, 2> factors_{};
    uint64_t round_ = 0;
    uint64_t counter_ = 0;
};

}  // namespace baleen::drivers
