#include "packet/traffic.h"

#include <x86intrin.h>

#include <algorithm>
#include <cstring>
#include <random>

namespace baleen::packet {
namespace {

using Bytes = std::vector<uint8_t>;

void append(Bytes& out, std::initializer_list<int> bytes) {
    for (const int byte : bytes) out.push_back(static_cast<uint8_t>(byte));
}
void append16(Bytes& out, uint32_t value) {
    append(out, {static_cast<int>(value >> 8 & 0xff), static_cast<int>(value & 0xff)});
}

// Headers from the outside in; lengths count what is still to come.
struct Frame {
    Bytes bytes;

    Frame& ethernet(uint16_t type, int vlan = -1) {
        append(bytes, {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1});
        if (vlan >= 0) {
            append16(bytes, 0x8100);
            append16(bytes, static_cast<uint32_t>(vlan));
        }
        append16(bytes, type);
        return *this;
    }
    Frame& ipv4(uint8_t protocol, uint32_t payload_bytes, uint32_t host) {
        append(bytes, {0x45, 0});
        append16(bytes, 20 + payload_bytes);
        append(bytes, {0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0});
        append16(bytes, host);
        append(bytes, {172, 16, 0, 1});
        return *this;
    }
    Frame& ipv6(uint8_t protocol, uint32_t payload_bytes, uint32_t host) {
        append(bytes, {0x60, 0, 0, 0});
        append16(bytes, payload_bytes);
        append(bytes, {protocol, 64});
        for (int i = 0; i < 2; i++) {
            append(bytes, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, i});
            append16(bytes, host);
        }
        return *this;
    }
    Frame& udp(uint16_t port, uint32_t payload_bytes) {
        append16(bytes, 20000);
        append16(bytes, port);
        append16(bytes, 8 + payload_bytes);
        append16(bytes, 0);
        return *this;
    }
    Frame& tcp() {
        append16(bytes, 20000);
        append16(bytes, 443);
        append(bytes, {0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0});
        return *this;
    }
    Frame& raw(std::initializer_list<int> more) {
        append(bytes, more);
        return *this;
    }
    void add_to(Traffic& traffic, uint32_t wire_length) {
        bytes.resize(std::max<size_t>(bytes.size(), std::min<size_t>(wire_length, 192)));
        traffic.add(bytes, wire_length);
    }
};

constexpr uint8_t tcp_protocol = 6, udp_protocol = 17;
constexpr uint32_t hosts = 64;

void add_udp_64(Traffic& traffic) {
    for (uint32_t host = 0; host < hosts; host++)
        Frame().ethernet(0x0800).ipv4(udp_protocol, 26, host).udp(53, 18).add_to(traffic, 60);
}

void add_tcp_64(Traffic& traffic) {
    for (uint32_t host = 0; host < hosts; host++)
        Frame().ethernet(0x0800).ipv4(tcp_protocol, 26, host).tcp().add_to(traffic, 60);
}

// Seven of 64, four of 576, one of 1500 bytes (RFC 6985 section 5 describes such mixes); every
// second one tagged, a third of them IPv6, three quarters TCP.
void add_imix(Traffic& traffic) {
    constexpr uint32_t sizes[12] = {94, 94, 94, 94, 94, 94, 94, 576, 576, 576, 576, 1500};
    for (uint32_t i = 0; i < 48 * 12; i++) {
        const uint32_t wire_length = sizes[i * 7 % 12];
        const int vlan = i % 2 == 0 ? static_cast<int>(i % 100) : -1;
        const bool is_v6 = i % 3 == 0, is_tcp = i % 4 != 1;
        const uint32_t ip_bytes = wire_length - (vlan >= 0 ? 18 : 14);
        const uint8_t protocol = is_tcp ? tcp_protocol : udp_protocol;
        Frame frame;
        frame.ethernet(is_v6 ? 0x86dd : 0x0800, vlan);
        if (is_v6) frame.ipv6(protocol, ip_bytes - 40, i);
        else frame.ipv4(protocol, ip_bytes - 20, i);
        if (is_tcp) frame.tcp();
        else frame.udp(443, ip_bytes - (is_v6 ? 48 : 28));
        frame.add_to(traffic, wire_length);
    }
}

// VXLAN, GTP-U and GRE, a third each, around TCP over IPv4.
void add_tunnels(Traffic& traffic) {
    constexpr uint32_t inner_bytes = 20 + 20 + 500;
    for (uint32_t host = 0; host < hosts; host++) {
        Frame()
            .ethernet(0x0800)
            .ipv4(udp_protocol, 8 + 8 + 14 + inner_bytes, host)
            .udp(4789, 8 + 14 + inner_bytes)
            .raw({8, 0, 0, 0, 0, 0, 42, 0})
            .ethernet(0x0800)
            .ipv4(tcp_protocol, inner_bytes - 20, host)
            .tcp()
            .add_to(traffic, 14 + 20 + 8 + 8 + 14 + inner_bytes);
        Frame()
            .ethernet(0x0800)
            .ipv4(udp_protocol, 8 + 8 + inner_bytes, host)
            .udp(2152, 8 + inner_bytes)
            .raw({0x30, 0xff, 2, 0x1c, 0, 0, 0, 7})
            .ipv4(tcp_protocol, inner_bytes - 20, host)
            .tcp()
            .add_to(traffic, 14 + 20 + 8 + 8 + inner_bytes);
        Frame()
            .ethernet(0x0800)
            .ipv4(47, 4 + inner_bytes, host)
            .raw({0, 0, 8, 0})
            .ipv4(tcp_protocol, inner_bytes - 20, host)
            .tcp()
            .add_to(traffic, 14 + 20 + 4 + inner_bytes);
    }
}

constexpr TrafficKind all_kinds[] = {
    {"udp-64", "64-byte frames, UDP over IPv4", add_udp_64},
    {"tcp-64", "64-byte frames, TCP over IPv4", add_tcp_64},
    {"imix", "94, 576 and 1500 bytes 7:4:1, half VLAN, a third IPv6", add_imix},
    {"tunnels", "VXLAN, GTP-U and GRE around TCP", add_tunnels},
};

// Zen 4: 32 KiB of L1d, 1 MiB of L2, 32 MiB of L3 per eight cores. 128 packets are 8 to 24 KiB of
// header lines, 8192 are 0.5 to 1.5 MiB, half a million is 32 to 96 MiB and none of it comes again
// before all others have been.
constexpr Residency all_residencies[] = {{"L1", 128}, {"L2/L3", 8192}, {"DRAM", 1 << 19}};

}  // namespace

void Traffic::add(std::span<const uint8_t> frame, uint32_t wire_length) {
    const auto captured = static_cast<uint32_t>(std::min(frame.size(), slot_bytes));
    const size_t at = bytes_.size();
    bytes_.resize(at + slot_bytes);
    std::memcpy(&bytes_[at], frame.data(), captured);
    added_.push_back({.data = nullptr,
                      .captured_length = captured,
                      .wire_length = std::max(wire_length, captured),
                      .time_ns = 1,
                      .clock_ns = 1,
                      .link = LinkType::ethernet,
                      .port_index = 0,
                      .checksums = 0,
                      .reserved = {}});
}

base::Status Traffic::lay_out(size_t packet_count) {
    auto slots = base::HugeMemory::allocate(packet_count * slot_bytes);
    if (!slots) return slots.error();
    slots_ = std::move(*slots);
    const std::span<uint8_t> to = slots_.as<uint8_t>(packet_count * slot_bytes);
    packets_.resize(packet_count);
    for (size_t i = 0; i < packet_count; i++) {
        packets_[i] = added_[i % added_.size()];
        packets_[i].data = &to[i * slot_bytes];
        std::memcpy(&to[i * slot_bytes], &bytes_[i % added_.size() * slot_bytes], slot_bytes);
    }
    std::shuffle(packets_.begin(), packets_.end(), std::mt19937(1));
    return base::Ok{};
}

void Traffic::fill(Batch& batch, size_t first) const {
    batch.count = lane_count;
    for (uint32_t lane = 0; lane < lane_count; lane++)
        batch.packets[lane] = packets_[(first + lane) % packets_.size()];
}

void touch_headers(Batch& batch, const ParseOptions&, Notes& notes) {
    uint64_t sum = 0;
    for (uint32_t lane = 0; lane < batch.count; lane++) sum += batch.packets[lane].data[23];
    notes[0] += sum;  // so that it is not for nothing
}

uint64_t ticks_of(ParseBatch parse, Batch& batch, Notes& notes) {
    static constexpr ParseOptions options;
    _mm_lfence();
    const uint64_t begun = __rdtsc();
    parse(batch, options, notes);
    _mm_lfence();
    return __rdtsc() - begun;
}

std::span<const TrafficKind> traffic_kinds() { return all_kinds; }
std::span<const Residency> residencies() { return all_residencies; }

}  // namespace baleen::packet
