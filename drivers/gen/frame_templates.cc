#include "drivers/gen/frame_templates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

#include "drivers/gen/rate.h"
#include "packet/checksum.h"
#include "packet/ethernet.h"
#include "packet/ip.h"

namespace baleen::gen {
namespace {

// 16 x 2 x 1514 bytes are 47 KiB, which stay in L2, and matchers see other bytes each time.
constexpr uint64_t random_pieces = 16;

constexpr std::string_view text_line =
    "The quick brown fox jumps over the lazy dog, and the packet counts 0123456789.\r\n";

void put16(uint8_t* at, uint32_t value) {
    at[0] = static_cast<uint8_t>(value >> 8);
    at[1] = static_cast<uint8_t>(value);
}

void fill(uint8_t* to, uint32_t bytes, Payload payload, std::mt19937_64& random) {
    for (uint32_t i = 0; i < bytes; i++) {
        if (payload == Payload::text) to[i] = static_cast<uint8_t>(text_line[i % text_line.size()]);
        if (payload == Payload::random) to[i] = static_cast<uint8_t>(random());
    }
}

FrameTemplate make(uint32_t frame_bytes, bool is_tcp, Payload payload, std::mt19937_64& random) {
    FrameTemplate made;
    made.bytes.assign(frame_bytes - frame_check_bytes, 0);
    uint8_t* frame = made.bytes.data();
    const auto ip_bytes = static_cast<uint32_t>(made.bytes.size()) - at::ip;
    const uint32_t transport_bytes = ip_bytes - packet::ipv4::header_bytes_min;
    // Locally administered addresses (IEEE 802 clause 8.4): nobody's own.
    constexpr std::array<uint8_t, 14> ethernet = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    std::copy(ethernet.begin(), ethernet.end(), frame);
    uint8_t* ip = frame + at::ip;
    ip[0] = 0x45;
    put16(ip + packet::ipv4::total_length_offset, ip_bytes);
    put16(ip + packet::ipv4::fragment_offset, 0x4000);  // DF, so the id may be 0 (RFC 6864)
    ip[packet::ipv4::ttl_offset] = 64;
    const uint8_t protocol = is_tcp ? packet::protocol::tcp : packet::protocol::udp;
    ip[packet::ipv4::protocol_offset] = protocol;
    uint8_t* transport = frame + at::transport;
    if (is_tcp) put16(transport + 14, 65535);  // window
    else put16(transport + 4, transport_bytes);
    const uint32_t header_bytes = is_tcp ? packet::tcp::header_bytes_min : packet::udp_header_bytes;
    made.payload_bytes = transport_bytes - header_bytes;
    fill(transport + header_bytes, made.payload_bytes, payload, random);
    made.ip_sum = packet::ones_sum(ip, packet::ipv4::header_bytes_min);
    // RFC 9293 section 3.1, RFC 768: the pseudo-header's protocol and length, in network order.
    const uint32_t pseudo =
        __builtin_bswap16(protocol) + __builtin_bswap16(static_cast<uint16_t>(transport_bytes));
    made.transport_sum = packet::ones_sum(transport, transport_bytes, pseudo);
    return made;
}

}  // namespace

base::Result<Payload> parse_payload(std::string_view text) {
    if (text == "zeros") return Payload::zeros;
    if (text == "random") return Payload::random;
    if (text == "text") return Payload::text;
    return base::Error{fmt::format("'{}' is not a payload; give zeros, random or text", text)};
}

FrameTemplates::FrameTemplates(const FrameMix& mix, Payload payload, uint64_t seed)
    : pieces_(payload == Payload::random ? random_pieces : 1) {
    std::mt19937_64 random(seed);
    for (const uint32_t size : mix.sizes)
        for (const bool is_tcp : {false, true})
            for (uint64_t piece = 0; piece < pieces_; piece++)
                templates_.push_back(make(size, is_tcp, payload, random));
}

}  // namespace baleen::gen
