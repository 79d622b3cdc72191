// The interfaces that packets came in by, numbered as the files of a run describe them: a port with
// a link type is one.
//
// Why shared by all workers and writers: a number means the same in every file. Who meets a new one
// adds it at the end, and a file describes those that there are when a chunk is written to it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "packet/link_type.h"

namespace baleen::capture {

struct Interface {
    uint16_t port_index;
    packet::LinkType link;
};

class Interfaces {
public:
    static constexpr uint32_t count_max = 128;

    // Any worker. count_max: there are too many.
    uint32_t number_of(uint16_t port_index, packet::LinkType link) {
        const uint64_t wanted = occupied | uint64_t{port_index} << 16 | static_cast<uint16_t>(link);
        for (uint32_t number = 0; number < count_max; number++) {
            uint64_t found = entries_[number].load(std::memory_order_acquire);
            if (found == 0 && entries_[number].compare_exchange_strong(found, wanted))
                return number;
            if (found == wanted) return number;
        }
        return count_max;
    }

    // Nothing from the first number on that is none.
    std::optional<Interface> at(uint32_t number) const {
        const uint64_t entry =
            number < count_max ? entries_[number].load(std::memory_order_acquire) : 0;
        if (entry == 0) return std::nullopt;
        return Interface{static_cast<uint16_t>(entry >> 16), static_cast<packet::LinkType>(entry)};
    }

private:
    static constexpr uint64_t occupied = uint64_t{1} << 32;
    std::array<std::atomic<uint64_t>, count_max> entries_{};
};

}  // namespace baleen::capture
