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

#include <bit>
#include <cstdint>
#include <cstring>

namespace baleen::drivers {

// Frames of Ethernet, whose last four bytes, the checksum, are not captured.
inline constexpr uint32_t synth_size_min = 64;
inline constexpr uint32_t synth_size_max = 1518;
inline constexpr uint32_t synth_checksum_bytes = 4;
inline constexpr uint32_t synth_captured_min = synth_size_min - synth_checksum_bytes;
inline constexpr uint32_t synth_header_bytes = 54;  // Ethernet 14, IPv4 20, TCP 20

namespace synth {

inline constexpr uint32_t ip_offset = 14, tcp_offset = 34;

// Numbers as they lie in memory, to be put together to words.
constexpr uint64_t be16(uint32_t value) { return __builtin_bswap16(static_cast<uint16_t>(value)); }
constexpr uint64_t be32(uint32_t value) { return __builtin_bswap32(value); }

// What follows from the length of a packet.
struct Length {
    Length() = default;
    explicit constexpr Length(uint32_t captured_bytes)
        : ip(0x0040'0000'0000'0045 | be16(captured_bytes - ip_offset) << 16),
          udp(be16(captured_bytes - tcp_offset)),
          payload(captured_bytes - synth_header_bytes),
          captured(captured_bytes) {}

    uint64_t ip;       // version and header length, total length, don't fragment
    uint64_t udp;      // length, no checksum
    uint32_t payload;  // of TCP; by this its numbers advance
    uint32_t captured;
};

// What follows from the protocol, by the lowest bit of the flow's number: looked up, for a branch
// would be guessed wrong for every second packet, at 5 ns each.
struct Protocol {
    uint64_t tcp_mask;      // all ones: TCP
    uint64_t tcp_rest;      // header length, PSH and ACK, window 65535
    uint32_t ttl_protocol;  // TTL 64
    uint32_t second_port;   // no tunnel's
};
inline constexpr Protocol protocols[2] = {
    {0, 0, 64 | 17 << 8, static_cast<uint32_t>(be16(40053))},
    {~uint64_t{0}, 0xffff'1850, 64 | 6 << 8, static_cast<uint32_t>(be16(40443))}};

template <class T>
void put(uint8_t* at, T value) {
    std::memcpy(at, &value, sizeof value);
}

// One multiplication for everything that has to look random about a flow. Bits 8 to 31 are those of
// the first address behind its "10.", bits 48 to 63 the second address behind "172.16.": the factor
// is odd but for its lowest byte, so that flows have as many different first addresses as they have
// different lowest 24 bits.
inline uint64_t scattered(uint64_t id) { return id * 0x3779'b97f'4a7c'1500; }
inline constexpr uint64_t address_bits = 0xffff'0000'ffff'ff00;

// What all packets of a round have in common.
struct Round {
    Round(uint64_t number, uint8_t network)
        : parity(number % 2),
          turns(static_cast<uint32_t>(number / 2)),
          turns_of_other(static_cast<uint32_t>((number + 1) / 2)),
          networks(0x0a | (0xac + (uint64_t{0x10} + network) * 0x100) << 32) {}

    uint64_t parity;
    uint32_t turns;           // packets that the side that sends has sent before
    uint32_t turns_of_other;  // and the other one
    uint64_t networks;
};

}  // namespace synth

inline bool synth_is_tcp(uint64_t id) { return id % 2 == 1; }
// Half of the flows that are there from the beginning begin a round late (synth_source.h).
inline uint64_t synth_is_late(uint64_t id) { return id >> 1 & 1; }

// What never changes: Ethernet header, and nothing behind the headers.
inline void write_synth_ethernet(uint8_t* frame) {
    constexpr uint8_t ethernet[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00};
    std::memcpy(frame, ethernet, sizeof ethernet);
}

// Bytes 14 to 53 of a packet with payload. Whose turn it is turns words around and is no branch,
// either.
inline void write_synth_data(uint8_t* frame, uint64_t id, const synth::Round& round,
                             const synth::Length& length) {
    using namespace synth;
    const uint64_t scatter = scattered(id);
    const Protocol& protocol = protocols[id % 2];
    const auto turned_bits = static_cast<int>((synth_is_late(id) ^ round.parity) * 32);
    const uint64_t addresses = (scatter & address_bits) | round.networks;
    // 32768 and bits 24 to 31 of the number: no two numbers below 2^32 have the same first side.
    const uint32_t ports = static_cast<uint32_t>(0x80 | (id >> 16 & 0xff00)) | protocol.second_port
                                                                                   << 16;
    // Each side begins anywhere and has sent as many bytes in each of its rounds before.
    const uint64_t begins = std::rotl(scatter, turned_bits);
    const uint32_t sequence = static_cast<uint32_t>(begins) + round.turns * length.payload;
    const uint32_t acknowledged =
        static_cast<uint32_t>(begins >> 32) + round.turns_of_other * length.payload;
    const uint64_t numbers = be32(sequence) | be32(acknowledged) << 32;
    put(frame + ip_offset, length.ip);
    put(frame + ip_offset + 8, protocol.ttl_protocol);
    put(frame + ip_offset + 12, std::rotl(addresses, turned_bits));
    put(frame + tcp_offset, std::rotl(ports, turned_bits / 2));
    put(frame + tcp_offset + 4, (numbers & protocol.tcp_mask) | (length.udp & ~protocol.tcp_mask));
    put(frame + tcp_offset + 12, protocol.tcp_rest);
}

// Makes what write_synth_data() has written for a TCP flow its first packet (SYN) or its second.
inline void turn_into_opening(uint8_t* frame, bool is_first, const synth::Length& length) {
    using namespace synth;
    // Right before its first payload, which this side sends two rounds on: a turn later.
    uint32_t sequence;
    std::memcpy(&sequence, frame + tcp_offset + 4, 4);
    put(frame + tcp_offset + 4,
        __builtin_bswap32(__builtin_bswap32(sequence) + length.payload - 1));
    if (is_first) put(frame + tcp_offset + 8, uint32_t{0});
    frame[tcp_offset + 13] = is_first ? 0x02 : 0x12;
    put(frame + ip_offset + 2, static_cast<uint16_t>(be16(40)));
}

}  // namespace baleen::drivers
