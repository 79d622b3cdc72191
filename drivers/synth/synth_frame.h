// The headers of one generated packet: everything in them is a function of the flow and the round.
//
// Why: a generator that remembered its flows would touch memory for each packet, as the flow table
// does, and spoil what is measured.
//
// The flow with number `id` runs between 10.x.x.x and 172.16+n.x.x; odd ones are TCP, even ones
// UDP. Its sides take turns, one packet a round, the first side in even rounds. TCP opens with SYN
// and SYN+ACK, without payload; from then on each packet carries payload and acknowledges the one
// before it. Nothing closes a flow: it falls silent. IP and TCP checksums are left out, as by a
// sender that offloads them; the source tells the worker that its port has found them right.
#pragma once

#include <cstdint>
#include <cstring>

#include "drivers/synth/flow_order.h"

namespace baleen::drivers {

// What a packet is in its connection; UDP knows only `data`.
enum class SynthTurn : uint8_t { syn, syn_ack, data };

inline constexpr uint32_t synth_header_bytes = 54;  // Ethernet 14, IPv4 20, TCP 20
// Frames of Ethernet, whose last four bytes, the checksum, are not captured.
inline constexpr uint32_t synth_size_min = 64;
inline constexpr uint32_t synth_size_max = 1518;
inline constexpr uint32_t synth_checksum_bytes = 4;
inline constexpr uint32_t synth_captured_min = synth_size_min - synth_checksum_bytes;

inline bool synth_is_tcp(uint64_t id) { return id % 2 == 1; }

// What never changes: Ethernet header, and nothing behind the headers.
inline void write_synth_ethernet(uint8_t* frame) {
    constexpr uint8_t ethernet[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00};
    std::memcpy(frame, ethernet, sizeof ethernet);
}

// Writes bytes 14 to 53 and returns the length of the packet: `captured`, or the shortest where
// there is no payload. No branch depends on whether the flow is TCP: half of them would be guessed
// wrong, at 5 ns each.
inline uint32_t write_synth_headers(uint8_t* frame, uint64_t id, uint64_t round, SynthTurn turn,
                                    uint32_t captured, uint8_t network) {
    constexpr uint32_t ip_offset = 14, udp_offset = 34;
    const bool is_tcp = synth_is_tcp(id);
    const uint64_t tcp_mask = is_tcp ? ~uint64_t{0} : 0;
    const bool bare = is_tcp && turn != SynthTurn::data;
    const uint32_t ip_bytes = bare ? 40 : captured - ip_offset;
    const uint32_t payload = captured - synth_header_bytes;  // of TCP; by this its numbers advance

    // 24 bits of the id, scattered by an odd multiplier, and the bits above them in the port: no
    // two ids below 2^39 have the same first side. 32768 is above all tunnels' ports.
    const auto scattered = static_cast<uint32_t>(id * 0x9e3779b1u);
    const uint32_t first = __builtin_bswap32(0x0a000000u | (scattered & 0xffffff));
    const uint32_t second =
        __builtin_bswap32(0xac100000u + (uint32_t{network} << 16) + (scattered >> 4 & 0xffff));
    const uint32_t first_port = __builtin_bswap16(static_cast<uint16_t>(32768 + (id >> 24)));
    const uint32_t second_port = __builtin_bswap16(is_tcp ? 40443 : 40053);

    const bool forward = round % 2 == 0;
    const uint64_t addresses = forward ? first | uint64_t{second} << 32   //
                                       : second | uint64_t{first} << 32;  //
    const uint32_t ports = forward ? first_port | second_port << 16       //
                                   : second_port | first_port << 16;      //

    // Each side begins anywhere and has sent `payload` bytes in every second round before this one.
    const uint64_t origins = scatter(id);
    const auto own = static_cast<uint32_t>(forward ? origins : origins >> 32);
    const auto other = static_cast<uint32_t>(forward ? origins >> 32 : origins);
    const auto turns = static_cast<uint32_t>(round / 2);
    const auto turns_of_other = static_cast<uint32_t>((round + 1) / 2);
    uint32_t sequence = own + turns * payload;
    uint32_t acknowledged = other + turns_of_other * payload;
    uint32_t flags = 0x18;  // PSH, ACK
    if (bare) [[unlikely]] {
        sequence += payload - 1;  // right before its first payload, which it sends two rounds on
        flags = turn == SynthTurn::syn ? 0x02 : 0x12;
        if (turn == SynthTurn::syn) acknowledged = 0;
    }

    // In memory order: version and length, total length, don't fragment; TTL 64, protocol.
    const uint64_t ip =
        0x0040'0000'0000'0045 | uint64_t{__builtin_bswap16(static_cast<uint16_t>(ip_bytes))} << 16;
    const uint32_t ttl_protocol = 64 | (is_tcp ? 6u : 17u) << 8;
    const uint64_t udp_length = __builtin_bswap16(static_cast<uint16_t>(ip_bytes - 20));
    const uint64_t numbers = __builtin_bswap32(sequence) | uint64_t{__builtin_bswap32(acknowledged)}
                                                               << 32;
    const uint64_t tcp_rest = 0x50 | flags << 8 | 0xffff0000u;  // 5 words, window 65535
    const uint64_t behind_ports = (numbers & tcp_mask) | (udp_length & ~tcp_mask);
    const uint64_t rest = tcp_rest & tcp_mask;
    std::memcpy(frame + ip_offset, &ip, 8);
    std::memcpy(frame + ip_offset + 8, &ttl_protocol, 4);
    std::memcpy(frame + ip_offset + 12, &addresses, 8);
    std::memcpy(frame + udp_offset, &ports, 4);
    std::memcpy(frame + udp_offset + 4, &behind_ports, 8);
    std::memcpy(frame + udp_offset + 12, &rest, 8);
    return bare ? synth_captured_min : captured;
}

}  // namespace baleen::drivers
