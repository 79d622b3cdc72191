// Writes a long capture out of short real ones: the same packets again and again, each time between
// other hosts.
//
//     mix_capture OUT PACKETS CAPTURE...
//
// Repetition r adds r to the second octet of unicast IPv4 addresses and continues in time, so flows
// multiply as they would with more hosts. Pauses are cut to a second: the captures were taken years
// apart. Only Ethernet captures are taken.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "bench/large_blocks.h"
#include "drivers/replay/replay_source.h"
#include "packet/parser.h"

using namespace baleen;

namespace {

constexpr int64_t pause_ns_max = 1'000'000'000;

struct Stored {
    std::vector<uint8_t> bytes;
    uint32_t wire_length;
    int64_t time_ns;
    uint16_t addresses_offset;  // of the two IPv4 addresses, 0: none
};

std::vector<Stored> read_all(const std::vector<std::string>& paths) {
    stats::PortStats port{};
    drivers::ReplaySource source(paths, port);
    packet::Batch batch;
    packet::Notes notes{};
    std::vector<Stored> packets;
    int64_t clock_before_ns = -1;
    int64_t time_ns = 0;
    while (!source.exhausted()) {
        source.receive(batch, limits::lane_count);
        packet::parse_batch(batch, {}, notes);
        for (uint32_t lane = 0; lane < batch.count; lane++) {
            const packet::Packet& p = batch.packets[lane];
            if (p.link != packet::LinkType::ethernet) continue;
            if (clock_before_ns >= 0)
                time_ns += std::min(p.clock_ns - clock_before_ns, pause_ns_max);
            clock_before_ns = p.clock_ns;
            const bool is_ipv4 = batch.keys[lane].ip_version == 4;
            packets.push_back(
                {{p.data, p.data + p.captured_length},
                 p.wire_length,
                 time_ns,
                 is_ipv4 ? static_cast<uint16_t>(batch.layers[lane].l3_offset + 12) : uint16_t{0}});
        }
    }
    return packets;
}

void move_hosts(std::vector<uint8_t>& bytes, uint16_t offset, uint64_t repetition) {
    if (offset == 0) return;
    for (const uint16_t at : {offset, static_cast<uint16_t>(offset + 4)})
        if (bytes[at] < 224) bytes[at + 1] = static_cast<uint8_t>(bytes[at + 1] + repetition);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: mix_capture OUT PACKETS CAPTURE...\n");
        return 2;
    }
    const uint64_t wanted = std::strtoull(argv[2], nullptr, 10);
    const std::vector<Stored> packets = read_all({argv + 3, argv + argc});
    std::FILE* out = std::fopen(argv[1], "wb");
    if (out == nullptr || packets.empty()) return 1;
    bench::write_in_large_blocks(out);
    const uint32_t header[6] = {0xa1b2c3d4, 2 | 4u << 16, 0, 0, 262144, 1};
    std::fwrite(header, sizeof header, 1, out);
    const int64_t length_ns = packets.back().time_ns + 1'000'000;
    for (uint64_t i = 0; i < wanted; i++) {
        Stored packet = packets[i % packets.size()];
        const uint64_t repetition = i / packets.size();
        move_hosts(packet.bytes, packet.addresses_offset, repetition);
        const uint64_t us = 1'700'000'000'000'000 + static_cast<uint64_t>(packet.time_ns) / 1000 +
                            repetition * static_cast<uint64_t>(length_ns) / 1000;
        const uint32_t record[4] = {static_cast<uint32_t>(us / 1'000'000),
                                    static_cast<uint32_t>(us % 1'000'000),
                                    static_cast<uint32_t>(packet.bytes.size()), packet.wire_length};
        std::fwrite(record, sizeof record, 1, out);
        std::fwrite(packet.bytes.data(), 1, packet.bytes.size(), out);
    }
    return std::fclose(out) == 0 ? 0 : 1;
}
