// How many different things there were, in bounded memory: exact while they are few, then an
// estimate (HyperLogLog: Flajolet et al., 2007, with the correction for small numbers).
//
// Things are told apart by 32 bits of a hash; two counters are merged into what one would have
// counted.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace baleen::graph {

class Distinct {
public:
    static constexpr size_t exact_max = 64;
    // 256 registers: a standard error of 1.04 / sqrt(256) = 6.5 %.
    static constexpr uint32_t register_bits = 8;
    static constexpr size_t register_count = 1 << register_bits;

    void add(uint32_t hash) {
        if (!registers_.empty()) return count_in(hash);
        const auto at = std::lower_bound(hashes_.begin(), hashes_.end(), hash);
        if (at != hashes_.end() && *at == hash) return;
        if (hashes_.size() < exact_max) {
            hashes_.insert(at, hash);
            return;
        }
        to_registers();
        count_in(hash);
    }
    void merge(const Distinct& other) {
        for (const uint32_t hash : other.hashes_) add(hash);
        if (other.registers_.empty()) return;
        if (registers_.empty()) to_registers();
        for (size_t i = 0; i < register_count; i++)
            registers_[i] = std::max(registers_[i], other.registers_[i]);
    }
    uint64_t count() const {
        if (registers_.empty()) return hashes_.size();
        constexpr double m = register_count;
        constexpr double alpha = 0.7213 / (1 + 1.079 / m);
        double sum = 0;
        size_t zeros = 0;
        for (const uint8_t rank : registers_) {
            sum += std::ldexp(1.0, -rank);
            zeros += rank == 0 ? 1 : 0;
        }
        const double raw = alpha * m * m / sum;
        const bool is_small = raw <= 2.5 * m && zeros > 0;
        return static_cast<uint64_t>(
            std::llround(is_small ? m * std::log(m / static_cast<double>(zeros)) : raw));
    }
    uint64_t memory_bytes() const {
        return hashes_.capacity() * sizeof(uint32_t) + registers_.capacity();
    }

private:
    void count_in(uint32_t hash) {
        const uint32_t index = hash >> (32 - register_bits);
        const uint32_t rest = hash << register_bits | 1u << (register_bits - 1);
        const auto rank = static_cast<uint8_t>(std::countl_zero(rest) + 1);
        registers_[index] = std::max(registers_[index], rank);
    }
    void to_registers() {
        registers_.assign(register_count, 0);
        for (const uint32_t hash : hashes_) count_in(hash);
        std::vector<uint32_t>().swap(hashes_);
    }

    std::vector<uint32_t> hashes_;  // sorted
    std::vector<uint8_t> registers_;
};

}  // namespace baleen::graph
