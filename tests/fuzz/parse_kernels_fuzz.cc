// Any bytes as a batch of packets: every kernel says of it what the scalar reference says, and none
// reads a byte too far.
//
// The input: one byte of options, then packets, each with its length, how many bytes more were on
// the wire, and its link type in front.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/support/golden_packets.h"
#include "tests/support/kernel_comparison.h"

using namespace baleen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // Ethernet most of the time: the vector code leaves everything else to the reference.
    constexpr packet::LinkType links[] = {packet::LinkType::ethernet, packet::LinkType::ethernet,
                                          packet::LinkType::ethernet, packet::LinkType::raw};
    static test::KernelComparison comparison;
    if (size < 1) return 0;
    packet::ParseOptions options = test::golden_options();
    options.key_vlan = (data[0] & 1) == 0;
    if ((data[0] & 2) != 0) options.tunnels &= data[0] * 0x0101u;
    if ((data[0] & 4) != 0) options.tunnel_ports = {{{53, record::TunnelType::vxlan}}};
    data++;
    size--;
    constexpr size_t header_bytes = 3;
    while (size >= header_bytes) {
        const size_t length = std::min<size_t>(data[0], size - header_bytes);
        const uint32_t wire_length = static_cast<uint32_t>(length) + data[1];
        if (comparison.is_full()) break;
        comparison.add({data + header_bytes, length}, wire_length,
                       links[data[2] % std::size(links)]);
        data += header_bytes + length;
        size -= header_bytes + length;
    }
    if (comparison.count() == 0) return 0;
    const std::string difference = comparison.run(options);
    if (difference.empty()) return 0;
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
}
