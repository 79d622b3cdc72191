// In which order a round visits all flows: every one once, at random, without a list of them.
//
// Why: a list of a shuffled order would be read from memory beside the flows and would cost what is
// to be measured; a fixed stride would let a prefetcher or the DRAM's open rows help. A permutation
// computed from a counter costs ten instructions and no memory, and each round has another one.
#pragma once

#include <algorithm>
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
        uint32_t count = 0;
        while (count < limit && counter_ <= mask_) {
            // Written always, counted if it is a flow: no branch that half of the time goes wrong.
            out[count] = permuted(static_cast<uint32_t>(counter_++));
            count += out[count] < flow_count_ ? 1 : 0;
        }
        return count;
    }

private:
    void begin_round(uint64_t round) {
        round_ = round;
        counter_ = 0;
        key_ = static_cast<uint32_t>(scatter(seed_ + 0x9e3779b97f4a7c15 * (round + 1)));
    }

    // Each step is a bijection of `bits` bits: adding, multiplying by an odd number, folding the
    // upper half into the lower one. Constants: MurmurHash3's finaliser.
    uint32_t permuted(uint32_t value) const {
        value = (value + key_) * 0x85ebca6bu & mask_;
        value ^= value >> shift_;
        value = value * 0xc2b2ae35u & mask_;
        value ^= value >> shift_;
        return value * 0x9e3779b1u & mask_;
    }

    uint64_t seed_;
    uint32_t flow_count_;
    uint32_t mask_;
    uint32_t shift_;
    uint32_t key_ = 0;
    uint64_t round_ = 0;
    uint64_t counter_ = 0;
};

}  // namespace baleen::drivers
