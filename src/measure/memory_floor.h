// The limit to hold a flow table against: two random cache lines touched per packet, of a block as
// large as the table (up to 6 GiB), a burst of them asked for before the first is used.
//
// Why two: a table that finds the flow by an index line and counts in one line of it cannot do with
// less.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "baleen/limits.h"
#include "base/huge_memory.h"

namespace baleen::measure {

class MemoryFloor {
public:
    // A table of 20 M flows and a block as large would take 25 GB. Over a smaller block the floor
    // is higher, if anything.
    static constexpr uint64_t bytes_max = uint64_t{6} << 30;

    static base::Result<MemoryFloor> create(uint64_t table_bytes) {
        auto memory = base::HugeMemory::allocate(std::min(table_bytes, bytes_max));
        if (!memory) return memory.error();
        return MemoryFloor(std::move(*memory));
    }

    // What a burst of packets touches.
    template <uint32_t lines_per_packet = 2>
    void touch_burst() {
        std::array<Line*, limits::lane_count * lines_per_packet> burst;
        for (Line*& line : burst) {
            random_ = random_ * 6364136223846793005 + 1442695040888963407;  // Knuth's MMIX
            line = &lines_[static_cast<size_t>(((random_ >> 32) * lines_.size()) >> 32)];
            __builtin_prefetch(line, 0, 2);
        }
        for (Line* line : burst) line->value++;
    }

private:
    struct alignas(64) Line {
        uint64_t value;
    };

    explicit MemoryFloor(base::HugeMemory memory)
        : memory_(std::move(memory)),
          lines_(memory_.as<Line>(memory_.mapped_bytes() / sizeof(Line))) {
        for (Line& line : lines_) line.value = 1;  // so that there is memory behind every page
    }

    base::HugeMemory memory_;
    std::span<Line> lines_;
    uint64_t random_ = 1;
};

}  // namespace baleen::measure
