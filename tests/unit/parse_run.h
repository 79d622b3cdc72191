// What the parser says of one packet: the scalar reference, with which every other kernel has to
// agree wherever in a batch the packet stands.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "base/ledger.h"
#include "packet/parser.h"
#include "record/names.h"
#include "tests/support/kernel_comparison.h"
#include "tests/support/packet_builder.h"

namespace baleen::test {

struct Result {
    packet::Verdict verdict;
    packet::FlowKey key;
    packet::Layers layers;
    packet::Outer outer;
    packet::Notes notes;

    std::string src() const { return record::format_address(key.src.data(), key.ip_version); }
    std::string dst() const { return record::format_address(key.dst.data(), key.ip_version); }
    std::string tunnel_src() const {
        return record::format_address(outer.tunnel.src.data(), outer.tunnel.ip_version);
    }
    std::string tunnel_dst() const {
        return record::format_address(outer.tunnel.dst.data(), outer.tunnel.ip_version);
    }
    std::string reason() const {
        const auto& info = base::counter_infos[static_cast<uint32_t>(verdict)];
        return std::string(info.term) + "." + std::string(info.cause);
    }
    uint64_t note(packet::Verdict which) const { return notes[static_cast<uint32_t>(which)]; }
};

// Alone, in every lane, and in the first and last lanes of groups of 8 and 16 among other packets.
inline void expect_kernels_agree(const packet::Packet& packet, const packet::ParseOptions& options,
                                 const Result& result) {
    static KernelComparison comparison;
    static const PacketBuilder::Bytes others[] = {
        PacketBuilder().ethernet().ipv4("10.1.0.1", "10.1.0.2").tcp(1, 2, 2).payload(9).take(),
        PacketBuilder().ethernet().vlan(5).ipv6("fd00::1", "fd00::2").udp(3, 4).take(),
        PacketBuilder().ethernet().ether_type(0x0806).payload(46).take(),
        PacketBuilder().ethernet().ipv4("10.1.0.1", "10.1.0.2").udp(5, 4789).payload(9).take(),
    };
    const auto add = [&] {
        comparison.add({packet.data, packet.captured_length}, packet.wire_length, packet.link);
    };
    add();
    EXPECT_EQ(comparison.run(options), "");
    EXPECT_EQ(comparison.expected().verdicts[0], result.verdict);
    EXPECT_EQ(comparison.expected().keys[0], result.key);
    for (uint32_t lane = 0; lane < packet::lane_count; lane++) add();
    EXPECT_EQ(comparison.run(options), "");
    for (uint32_t lane = 0; lane < packet::lane_count; lane++) {
        if (lane == 0 || lane == 7 || lane == 8 || lane == 15 || lane == 16 || lane == 63) add();
        else comparison.add(others[lane % std::size(others)]);
    }
    EXPECT_EQ(comparison.run(options), "");
}

// The bytes are copied to the end of an allocation of their own, so that a sanitizer sees every
// byte too far. `wire_length` 0: as captured.
inline Result parse(const PacketBuilder::Bytes& bytes,
                    packet::LinkType link = packet::LinkType::ethernet,
                    const packet::ParseOptions& options = {}, uint32_t wire_length = 0) {
    const std::unique_ptr<uint8_t[]> copy(new uint8_t[bytes.size()]);
    if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
    packet::Packet packet = packet_of(bytes, 0, link);
    packet.data = copy.get();
    if (wire_length != 0) packet.wire_length = wire_length;
    Result result{};
    result.verdict = packet::parse_packet(packet, options, result.key, result.layers, result.outer,
                                          result.notes);
    expect_kernels_agree(packet, options, result);
    return result;
}

inline Result parse(const PacketBuilder::Bytes& bytes, const packet::ParseOptions& options) {
    return parse(bytes, packet::LinkType::ethernet, options);
}

inline PacketBuilder::Bytes cut(PacketBuilder::Bytes bytes, size_t length) {
    bytes.resize(length);
    return bytes;
}

}  // namespace baleen::test
