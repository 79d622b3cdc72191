// Writes a capture of minimum-size frames over many flows: the hardest case of a flow table.
//
//     synth_capture OUT PACKETS FLOWS
//
// 60 captured bytes (64 on the wire with the checksum), IPv4, half TCP and half UDP, every flow
// equally often, in an order that never meets the same flow twice in a row, one packet a
// microsecond. No well-known ports.
#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "bench/large_blocks.h"

namespace {

struct Record {
    uint32_t seconds, microseconds, captured, wire;
    std::array<uint8_t, 60> frame;
};
static_assert(sizeof(Record) == 76);

void put16(uint8_t* at, uint32_t value) {
    at[0] = static_cast<uint8_t>(value >> 8);
    at[1] = static_cast<uint8_t>(value);
}

void put32(uint8_t* at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value);
}

// RFC 1071, without the final complement.
uint32_t sum16(const uint8_t* at, size_t bytes) {
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes; i += 2) sum += static_cast<uint32_t>(at[i] << 8 | at[i + 1]);
    return sum;
}

uint16_t checksum(uint32_t sum) {
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
}

void make_frame(uint32_t flow, uint32_t round, std::array<uint8_t, 60>& frame) {
    frame.fill(0);
    const std::array<uint8_t, 14> ethernet = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    std::memcpy(frame.data(), ethernet.data(), ethernet.size());
    uint8_t* ip = frame.data() + 14;
    uint8_t* transport = ip + 20;
    const bool is_tcp = flow % 2 == 1;
    ip[0] = 0x45;
    put16(ip + 2, 46);
    put16(ip + 4, round);
    ip[8] = 64;
    ip[9] = is_tcp ? 6 : 17;
    put32(ip + 12, 0x0a000000 + flow);
    put32(ip + 16, 0xac100000 + flow * 2654435761u % 65536);
    put16(ip + 10, checksum(sum16(ip, 20)));
    put16(transport, 1024 + flow * 40503u % 30000);
    put16(transport + 2, is_tcp ? 40443 : 40053);
    if (!is_tcp) return put16(transport + 4, 26);
    put32(transport + 4, 1 + round);
    transport[12] = 0x50;
    transport[13] = round == 0 ? 0x02 : 0x10;  // SYN once, then ACK
    put16(transport + 14, 65535);
    put16(transport + 16, checksum(sum16(ip + 12, 8) + 6 + 26 + sum16(transport, 26)));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: synth_capture OUT PACKETS FLOWS\n");
        return 2;
    }
    const uint64_t packets = std::strtoull(argv[2], nullptr, 10);
    const uint64_t flows = std::strtoull(argv[3], nullptr, 10);
    std::FILE* out = std::fopen(argv[1], "wb");
    if (out == nullptr || flows == 0 || flows > 0xf00000) return 1;
    baleen::bench::write_in_large_blocks(out);
    const std::array<uint32_t, 6> header = {0xa1b2c3d4, 2 | 4u << 16, 0, 0, 65535, 1};
    std::fwrite(header.data(), sizeof header, 1, out);
    std::vector<Record> block;
    for (uint64_t i = 0; i < packets; i++) {
        const uint64_t round = i / flows;
        // A step that has no factor in common with most counts visits every flow once per round.
        const uint64_t flow = (i % flows * 2654435761u + round * 7919) % flows;
        Record& record = block.emplace_back();
        record = {static_cast<uint32_t>(1'700'000'000 + i / 1'000'000),
                  static_cast<uint32_t>(i % 1'000'000),
                  60,
                  60,
                  {}};
        make_frame(static_cast<uint32_t>(flow), static_cast<uint32_t>(round), record.frame);
        if (block.size() == 4096 || i + 1 == packets) {
            std::fwrite(block.data(), sizeof(Record), block.size(), out);
            block.clear();
        }
    }
    return std::fclose(out) == 0 ? 0 : 1;
}
