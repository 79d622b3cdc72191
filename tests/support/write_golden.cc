// Writes the golden packets to a capture file, for programs that are to be compared on them:
//
//     write_golden OUT.pcap
//
// Their names are printed, one a line.
#include <fmt/format.h>

#include <cstdio>

#include "tests/support/golden_packets.h"

using namespace baleen;
using Bytes = test::PacketBuilder::Bytes;

namespace {

void put32(Bytes& out, uint32_t value) {
    for (uint32_t shift = 0; shift < 32; shift += 8)
        out.push_back(static_cast<uint8_t>(value >> shift));
}

void put_packet(Bytes& out, uint32_t number, const Bytes& packet) {
    put32(out, 1'700'000'000);
    put32(out, number);
    put32(out, static_cast<uint32_t>(packet.size()));
    put32(out, static_cast<uint32_t>(packet.size()));
    out.insert(out.end(), packet.begin(), packet.end());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    // draft-ietf-opsawg-pcap section 4: magic, version 2.4, time zone, accuracy, snapshot length,
    // Ethernet.
    Bytes out;
    for (const uint32_t word : {0xa1b2c3d4u, 4u << 16 | 2u, 0u, 0u, 65535u, 1u}) put32(out, word);
    uint32_t number = 0;
    for (const auto& golden : test::golden_packets()) {
        put_packet(out, number++, golden.bytes);
        fmt::print("{}\n", golden.name);
    }
    std::FILE* const file = std::fopen(argv[1], "wb");
    if (file == nullptr) return 1;
    const bool written = std::fwrite(out.data(), 1, out.size(), file) == out.size();
    return std::fclose(file) == 0 && written ? 0 : 1;
}
