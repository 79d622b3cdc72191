// Chunks and files of packets for tests: UDP packets whose flow is told by a number.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "packets/block.h"
#include "packets/chunk_builder.h"

namespace baleen::test {

using Bytes = std::vector<uint8_t>;

inline packets::Address host(uint32_t number) {
    packets::Address address{};
    address[10] = address[11] = 0xff;
    address[12] = 10;
    address[13] = static_cast<uint8_t>(number >> 16);
    address[14] = static_cast<uint8_t>(number >> 8);
    address[15] = static_cast<uint8_t>(number);
    return address;
}

// Flow n goes from host(n):1000 to host(n + 1):53.
inline packets::ChunkFlow chunk_flow(uint32_t n) {
    return {n,
            packets::tuple_key(17, host(n), 1000, host(n + 1), 53),
            {packets::host_key(host(n)), packets::host_key(host(n + 1))},
            0,
            packets::none_before};
}

// Ethernet, IPv4, UDP, and a payload.
inline Bytes udp_frame(uint32_t n, uint32_t payload_bytes = 18) {
    Bytes frame(42 + payload_bytes, 0xaa);
    const auto put16 = [&](size_t at, uint32_t value) {
        frame[at] = static_cast<uint8_t>(value >> 8);
        frame[at + 1] = static_cast<uint8_t>(value);
    };
    put16(12, 0x0800);
    std::memset(&frame[14], 0, 28);
    frame[14] = 0x45;
    put16(16, 28 + payload_bytes);
    frame[22] = 64;
    frame[23] = 17;
    std::memcpy(&frame[26], &host(n)[12], 4);
    std::memcpy(&frame[30], &host(n + 1)[12], 4);
    put16(34, 1000);
    put16(36, 53);
    put16(38, 8 + payload_bytes);
    return frame;
}

struct Chunk {
    Bytes bytes;
    packets::ChunkBlock block;
    std::vector<packets::ChunkFlow> flows;
};

// One packet of each flow, a microsecond apart.
inline Chunk make_chunk(uint64_t sequence, int64_t first_ns, const std::vector<uint32_t>& flows,
                        uint32_t payload_bytes = 18, uint32_t interface = 0) {
    Bytes memory(packets::chunk_bytes_max);
    std::vector<packets::ChunkFlow> room(packets::chunk_flows_max);
    packets::ChunkBuilder builder;
    builder.begin({memory.data(), room}, 0, sequence);
    int64_t time_ns = first_ns;
    for (const uint32_t n : flows) {
        const Bytes frame = udp_frame(n, payload_bytes);
        const std::string comment = fmt::format("flow={}", n);
        const auto length = static_cast<uint32_t>(frame.size());
        builder.append({frame.data(), length, length, time_ns, interface, comment});
        builder.add_flow(chunk_flow(n));
        time_ns += 1000;
    }
    const packets::ChunkBlock block = builder.seal();
    memory.resize(block.chunk_bytes);
    room.resize(block.flows);
    return {memory, block, room};
}

// Section header and one Ethernet interface, padded to where chunks begin.
inline Bytes file_head(bool padded = true) {
    Bytes head(28);
    uint8_t* to = packets::begin_block(head.data(), packets::BlockType::section_header, 28);
    to = packets::put(to, uint32_t{0x1a2b3c4d});
    to = packets::put(packets::put(to, uint16_t{1}), uint16_t{0});
    packets::put(packets::put(to, UINT64_MAX), uint32_t{28});
    const auto interface = packets::make_interface(packet::LinkType::ethernet);
    head.insert(head.end(), interface.block.begin(), interface.block.end());
    if (!padded) return head;
    const size_t at = head.size();
    head.resize(packets::chunk_alignment);
    packets::put_padding(&head[at], static_cast<uint32_t>(head.size() - at));
    return head;
}

}  // namespace baleen::test
