#include "drivers/gen/frame_mix.h"

#include <fmt/format.h>

#include <charconv>

namespace baleen::gen {
namespace {

// The "simple IMIX" of test equipment: IP packets of 40, 576 and 1500 bytes, 7:4:1 (RFC 6985
// section 3 calls such a mix by its genome), in frames of 58, 594 and 1518 bytes, of which the
// shortest is padded. Interleaved, so that a stretch of any length has nearly the proportion.
FrameMix imix() {
    constexpr uint8_t small = 0, medium = 1, large = 2;
    return {
        "imix",
        {64, 594, 1518},
        {small, medium, small, small, medium, small, large, small, medium, small, small, medium}};
}

}  // namespace

double FrameMix::mean_bytes() const {
    double sum = 0;
    for (const uint8_t index : order) sum += sizes[index];
    return sum / static_cast<double>(order.size());
}

base::Result<FrameMix> parse_frame_mix(std::string_view text) {
    if (text == "imix") return imix();
    uint32_t size = 0;
    const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (code != std::errc{} || rest != text.data() + text.size() || size < frame_bytes_min ||
        size > frame_bytes_max)
        return base::Error{
            fmt::format("'{}' is not a frame size; give {} to {} bytes (with the frame check "
                        "sequence), or imix",
                        text, frame_bytes_min, frame_bytes_max)};
    return FrameMix{std::string(text), {size}, {0}};
}

}  // namespace baleen::gen
