// Frames made beforehand, one for each size, transport and piece of payload, with the sums of all
// that does not change from packet to packet.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "drivers/gen/frame_mix.h"

namespace baleen::gen {

enum class Payload : uint8_t { zeros, random, text };
base::Result<Payload> parse_payload(std::string_view text);

struct FrameTemplate {
    std::vector<uint8_t> bytes;  // without the frame check sequence, which the port adds
    uint32_t payload_bytes = 0;
    // Ones' complement sums (RFC 1071) as they stand in memory, addresses, ports, sequence number
    // and flags being zero: of the IPv4 header, and of pseudo-header, transport header and payload.
    uint32_t ip_sum = 0;
    uint32_t transport_sum = 0;
};

// Offsets of a frame: Ethernet, IPv4 without options, TCP without options or UDP.
namespace at {
inline constexpr uint32_t ip = 14;
inline constexpr uint32_t ip_checksum = ip + 10;
inline constexpr uint32_t src = ip + 12;
inline constexpr uint32_t dst = ip + 16;
inline constexpr uint32_t transport = ip + 20;
inline constexpr uint32_t udp_checksum = transport + 6;
inline constexpr uint32_t tcp_sequence = transport + 4;
inline constexpr uint32_t tcp_flags = transport + 12;  // 16 bits: header length, flags
inline constexpr uint32_t tcp_checksum = transport + 16;
}  // namespace at

class FrameTemplates {
public:
    FrameTemplates(const FrameMix& mix, Payload payload, uint64_t seed);

    // Random payload has several pieces, others have one.
    const FrameTemplate& get(uint32_t size_index, bool is_tcp, uint64_t piece) const {
        return templates_[(size_index * 2 + (is_tcp ? 1 : 0)) * pieces_ + piece % pieces_];
    }

private:
    uint64_t pieces_;
    std::vector<FrameTemplate> templates_;
};

}  // namespace baleen::gen
