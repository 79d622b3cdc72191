// Big-endian loads from bytes of unknown alignment, for headers whose bounds have been checked;
// cursor.h checks them itself.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace baleen::base {

static_assert(std::endian::native == std::endian::little, "byte swaps below assume it");

inline uint16_t load_be16(const uint8_t* p) {
    uint16_t value;
    std::memcpy(&value, p, sizeof value);
    return __builtin_bswap16(value);
}

inline uint32_t load_be32(const uint8_t* p) {
    uint32_t value;
    std::memcpy(&value, p, sizeof value);
    return __builtin_bswap32(value);
}

template <class T>
inline T load(const uint8_t* p) {
    T value;
    std::memcpy(&value, p, sizeof value);
    return value;
}

}  // namespace baleen::base
