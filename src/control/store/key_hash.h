// Hashes of keys that whoever sends packets chooses: with a seed of the process's own, so that
// nobody can choose many that meet. Eight bytes a multiplication.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/multiply_fold.h"
#include "base/random_seed.h"

namespace baleen::store {

class KeyHash {
public:
    // `basis`: what else tells keys apart.
    explicit KeyHash(uint64_t basis = 0) : hash_(base::multiply_fold(basis ^ seed(), odd)) {}

    // Of a key in parts, each but the last a multiple of eight bytes long.
    void add(std::span<const uint8_t> bytes) {
        for (size_t at = 0; at < bytes.size(); at += sizeof(uint64_t)) {
            uint64_t word = 0;
            const size_t left = bytes.size() - at;
            if (left >= sizeof word) std::memcpy(&word, &bytes[at], sizeof word);
            else std::memcpy(&word, &bytes[at], left);
            hash_ = base::multiply_fold(hash_ ^ word, odd ^ seed());
        }
    }
    uint32_t value() const { return static_cast<uint32_t>(base::multiply_fold(hash_, odd)); }

private:
    static constexpr uint64_t odd = 0x9e3779b97f4a7c15;

    static uint64_t seed() {
        static const uint64_t seed = base::random_seed();
        return seed;
    }

    uint64_t hash_;
};

}  // namespace baleen::store
