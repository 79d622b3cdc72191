// How much is sent a second, as people write it: "1Mpps", "250kpps", "10Gbit".
//
// A bit rate is that of a link: each frame takes its bytes, the frame check sequence of 4, and the
// preamble and gap of 20 (IEEE 802.3 clauses 3.2.1, 4.4.2). So 10Gbit of 64-byte frames are the
// 14.88 M packets/s that RFC 2544 appendix B lists (there for 10 Mbit/s: 14880).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace baleen::gen {

inline constexpr uint32_t frame_check_bytes = 4;
inline constexpr uint32_t preamble_and_gap_bytes = 8 + 12;

struct Rate {
    double packets_per_s = 0;
    double bits_per_s = 0;

    bool is_limited() const { return packets_per_s > 0 || bits_per_s > 0; }
    // For frames of so many bytes on average, frame check sequence included.
    double packets_per_s_of(double frame_bytes) const {
        return bits_per_s > 0 ? bits_per_s / ((frame_bytes + preamble_and_gap_bytes) * 8)
                              : packets_per_s;
    }
};

base::Result<Rate> parse_rate(std::string_view text);

// What packets of so many bytes, frame check sequence included, take of a link.
constexpr double link_bits_per_s(double packets_per_s, double frame_bytes) {
    return packets_per_s * (frame_bytes + preamble_and_gap_bytes) * 8;
}

}  // namespace baleen::gen
