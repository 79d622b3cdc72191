// Finds numbers by hash; keys stay with the caller. Open addressing with linear probing; erasing
// moves what follows back, so that no tombstones pile up under traffic that comes and goes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace baleen::base {

class IdTable {
public:
    static constexpr uint32_t none = UINT32_MAX;

    IdTable() : slots_(16) {}

    // The id for which `is_it` says so, among those with this hash; none: there is none.
    template <class IsIt>
    uint32_t find(uint32_t hash, const IsIt& is_it) const {
        for (uint32_t at = hash & mask();; at = (at + 1) & mask()) {
            const Slot& slot = slots_[at];
            if (slot.id == none) return none;
            if (slot.hash == hash && is_it(slot.id)) return slot.id;
        }
    }
    void insert(uint32_t hash, uint32_t id) {
        // At most two thirds full: a miss looks at four slots on average (Knuth vol. 3, 6.4).
        if ((size_ + 1) * 3 > slots_.size() * 2) grow();
        put(hash, id);
        size_++;
    }
    // It has to be there.
    void erase(uint32_t hash, uint32_t id) {
        uint32_t hole = hash & mask();
        while (slots_[hole].id != id) hole = (hole + 1) & mask();
        for (uint32_t at = (hole + 1) & mask(); slots_[at].id != none; at = (at + 1) & mask()) {
            // Moves back only what would still be found from its own place.
            const uint32_t home = slots_[at].hash & mask();
            if (((at - home) & mask()) < ((at - hole) & mask())) continue;
            slots_[hole] = slots_[at];
            hole = at;
        }
        slots_[hole] = Slot{};
        size_--;
    }
    void prefetch(uint32_t hash) const { __builtin_prefetch(&slots_[hash & mask()]); }
    uint64_t size() const { return size_; }
    uint64_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

private:
    struct Slot {
        uint32_t hash = 0;
        uint32_t id = none;
    };
    uint32_t mask() const { return static_cast<uint32_t>(slots_.size() - 1); }
    void put(uint32_t hash, uint32_t id) {
        uint32_t at = hash & mask();
        while (slots_[at].id != none) at = (at + 1) & mask();
        slots_[at] = {hash, id};
    }
    void grow() {
        std::vector<Slot> old(slots_.size() * 2);
        old.swap(slots_);
        for (const Slot& slot : old)
            if (slot.id != none) put(slot.hash, slot.id);
    }

    std::vector<Slot> slots_;  // a power of two
    uint64_t size_ = 0;
};

}  // namespace baleen::base
