// Which sizes frames have, in which order.
//
// Sizes are those of RFC 2544 section 9.1: of the whole Ethernet frame, with its check sequence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace baleen::gen {

inline constexpr uint32_t frame_bytes_min = 64;    // IEEE 802.3 clause 4.4.2: minFrameSize
inline constexpr uint32_t frame_bytes_max = 1518;  // maxBasicFrameSize

struct FrameMix {
    std::string name = "64";
    std::vector<uint32_t> sizes = {64};  // distinct
    std::vector<uint8_t> order = {0};    // of one round: indices into sizes

    double mean_bytes() const;
};

// "64" to "1518", or "imix": 64, 594 and 1518 bytes in the proportion 7:4:1.
base::Result<FrameMix> parse_frame_mix(std::string_view text);

}  // namespace baleen::gen
