// Packets for benchmarks: batches of frames in memory, by kind of traffic.
#pragma once

#include <cstdint>
#include <vector>

#include "packet/batch.h"
#include "tests/support/packet_builder.h"

namespace baleen::bench {

// Frames back to back in one buffer, so that their headers lie as they do in a packet pool or a
// mapped file.
class Frames {
public:
    void add(const test::PacketBuilder::Bytes& frame) {
        offsets_.push_back(bytes_.size());
        bytes_.insert(bytes_.end(), frame.begin(), frame.end());
    }

    size_t count() const { return offsets_.size(); }
    size_t bytes() const { return bytes_.size(); }

    // `count` packets from `first` on, round and round.
    void fill(packet::Batch& batch, size_t first, uint32_t count) const {
        batch.count = count;
        for (uint32_t lane = 0; lane < count; lane++) {
            const size_t index = (first + lane) % offsets_.size();
            const size_t end = index + 1 < offsets_.size() ? offsets_[index + 1] : bytes_.size();
            const auto length = static_cast<uint32_t>(end - offsets_[index]);
            batch.packets[lane] = {.data = bytes_.data() + offsets_[index],
                                   .captured_length = length,
                                   .wire_length = length,
                                   .time_ns = 1,
                                   .clock_ns = 1,
                                   .link = packet::LinkType::ethernet,
                                   .port_index = 0,
                                   .checksums = 0,
                                   .reserved = {}};
        }
    }

private:
    std::vector<uint8_t> bytes_;
    std::vector<size_t> offsets_;
};

inline Frames small_frames(size_t count, bool is_tcp) {
    Frames frames;
    for (size_t i = 0; i < count; i++) {
        const std::string src = "10." + std::to_string(i >> 16 & 255) + "." +
                                std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255);
        test::PacketBuilder builder;
        builder.ethernet().ipv4(src, "172.16.0.1");
        if (is_tcp) builder.tcp(1024, 443, 0x10).payload(6);
        else builder.udp(1024, 443).payload(18);
        frames.add(builder.take());
    }
    return frames;
}

}  // namespace baleen::bench
