#include "drivers/gen/capture_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/units.h"
#include "drivers/replay/replay_source.h"

namespace baleen::gen {
namespace {

constexpr uint64_t bytes_max = 4ull << 30;  // a machine that generates has a few GiB to spare

// The same for both directions between two hosts.
uint16_t share_of(const uint8_t* frame, const AddressPlaces& places, uint16_t share_count) {
    if (places.ip_version == 0) return 0;
    const uint32_t bytes = places.ip_version == 4 ? 4 : 16;
    uint32_t hash = 0;
    for (uint32_t i = 0; i < bytes; i++)
        hash = hash * 31 + (frame[places.src + i] ^ frame[places.dst + i]) +
               (frame[places.src + i] & frame[places.dst + i]);
    return static_cast<uint16_t>(hash % share_count);
}

}  // namespace

void CaptureFrames::add(const uint8_t* data, uint32_t length, const AddressPlaces& places) {
    frames_.push_back({bytes_.size(), length, places});
    bytes_.insert(bytes_.end(), data, data + length);
    length_max_ = std::max(length_max_, length);
}

base::Result<std::vector<CaptureFrames>> CaptureFrames::load(const std::vector<std::string>& paths,
                                                             const std::vector<Prefix>& prefixes,
                                                             uint32_t length_max,
                                                             uint16_t share_count,
                                                             Skipped& skipped) {
    stats::PortStats port{};
    drivers::ReplaySource source(paths, port);
    std::vector<CaptureFrames> shares(share_count);
    auto batch = std::make_unique<packet::Batch>();
    uint64_t bytes = 0, frames = 0;
    while (!source.exhausted()) {
        source.receive(*batch, limits::lane_count);
        for (uint32_t lane = 0; lane < batch->count; lane++) {
            const packet::Packet& packet = batch->packets[lane];
            const bool is_ethernet = packet.link == packet::LinkType::ethernet;
            const bool is_short = packet.captured_length <= length_max;
            skipped.not_ethernet += is_ethernet ? 0 : 1;
            skipped.too_long += is_ethernet && !is_short ? 1 : 0;
            if (!is_ethernet || !is_short || packet.captured_length == 0) continue;
            skipped.cut += packet.captured_length < packet.wire_length ? 1 : 0;
            const auto places = find_addresses({packet.data, packet.captured_length});
            shares[share_of(packet.data, places, share_count)].add(packet.data,
                                                                   packet.captured_length, places);
            bytes += packet.captured_length;
            frames++;
        }
        source.release(*batch);
        if (bytes > bytes_max)
            return base::Error{fmt::format("the captures have more than {} of frames; give less",
                                           base::format_bytes(bytes_max))};
    }
    if (!source.problems().empty()) return base::Error{source.problems().front()};
    if (frames == 0) return base::Error{"the captures have no Ethernet frames that could be sent"};
    for (CaptureFrames& share : shares)
        for (const Prefix& prefix : prefixes)
            (prefix.ip_version == 6 ? share.prefixes_v6_ : share.prefixes_v4_).push_back(prefix);
    return shares;
}

uint32_t CaptureFrames::next(uint8_t* room) {
    const Frame& frame = frames_[next_];
    std::memcpy(room, &bytes_[frame.offset], frame.length);
    const auto& prefixes = frame.places.ip_version == 6 ? prefixes_v6_ : prefixes_v4_;
    if (frame.places.ip_version != 0 && !prefixes.empty())
        rewrite(room, frame.places, prefixes[passes_ % prefixes.size()]);
    if (++next_ == frames_.size()) {
        next_ = 0;
        passes_++;
    }
    return frame.length;
}

double CaptureFrames::mean_length() const {
    return frames_.empty()
               ? 0
               : static_cast<double>(bytes_.size()) / static_cast<double>(frames_.size());
}

}  // namespace baleen::gen
