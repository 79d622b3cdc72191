// Capture files written by hand, in either byte order: what the formats must read, and what they
// must refuse.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "packet/batch.h"

namespace baleen::test {

enum class Order { little, big };

class CaptureBytes {
public:
    explicit CaptureBytes(Order order) : order_(order) {}

    CaptureBytes& u16(uint16_t value) { return number(value, 2); }
    CaptureBytes& u32(uint32_t value) { return number(value, 4); }
    CaptureBytes& u64(uint64_t value) { return number(value, 8); }
    CaptureBytes& raw(std::string_view bytes) {
        bytes_ += bytes;
        return *this;
    }
    CaptureBytes& pad_to_4() {
        bytes_.resize((bytes_.size() + 3) & ~size_t{3}, '\0');
        return *this;
    }

    size_t size() const { return bytes_.size(); }
    const std::string& str() const { return bytes_; }

private:
    CaptureBytes& number(uint64_t value, size_t size) {
        for (size_t i = 0; i < size; i++)
            bytes_ += static_cast<char>(value >> 8 * (order_ == Order::little ? i : size - 1 - i));
        return *this;
    }

    Order order_;
    std::string bytes_;
};

inline constexpr uint32_t pcap_us = 0xa1b2c3d4, pcap_ns = 0xa1b23c4d, pcap_modified = 0xa1b2cd34;

// Classic pcap.
class PcapBytes : public CaptureBytes {
public:
    explicit PcapBytes(uint32_t magic = pcap_us, Order order = Order::little, uint32_t link = 1)
        : CaptureBytes(order), is_modified_(magic == pcap_modified) {
        u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(link);
    }
    // `wire`: length on the wire, if it is not the captured one.
    PcapBytes& packet(uint32_t seconds, uint32_t fraction, std::string_view data,
                      uint32_t wire = 0) {
        const auto captured = static_cast<uint32_t>(data.size());
        u32(seconds).u32(fraction).u32(captured).u32(wire == 0 ? captured : wire);
        if (is_modified_) u32(7).u16(0x0800).raw(std::string_view("\x04\x00", 2));
        raw(data);
        return *this;
    }

private:
    bool is_modified_;
};

inline PcapBytes three_packets() {
    PcapBytes file;
    file.packet(10, 0, "one", 60).packet(11, 0, "two").packet(12, 0, "three");
    return file;
}

// pcapng, block by block.
class PcapngBytes : public CaptureBytes {
public:
    explicit PcapngBytes(Order order = Order::little) : CaptureBytes(order), order_(order) {}

    PcapngBytes& section(uint16_t major = 1) {
        return block(0x0a0d0d0a, body().u32(0x1a2b3c4d).u16(major).u16(0).u64(UINT64_MAX));
    }
    PcapngBytes& interface(uint16_t link = 1, uint32_t snap_length = 0,
                           std::string_view options = {}) {
        return block(1, body().u16(link).u16(0).u32(snap_length).raw(options));
    }
    std::string resolution(uint8_t value) const {
        return body().u16(9).u16(1).raw(std::string(1, static_cast<char>(value))).pad_to_4().str();
    }
    std::string offset(int64_t seconds) const {
        return body().u16(14).u16(8).u64(static_cast<uint64_t>(seconds)).str();
    }
    PcapngBytes& enhanced(uint32_t interface_index, uint64_t stamp, std::string_view data,
                          uint32_t wire = 0) {
        return block(6, body()
                            .u32(interface_index)
                            .u32(static_cast<uint32_t>(stamp >> 32))
                            .u32(static_cast<uint32_t>(stamp))
                            .u32(static_cast<uint32_t>(data.size()))
                            .u32(wire == 0 ? static_cast<uint32_t>(data.size()) : wire)
                            .raw(data)
                            .pad_to_4());
    }
    PcapngBytes& obsolete(uint16_t interface_index, uint64_t stamp, std::string_view data) {
        return block(2, body()
                            .u16(interface_index)
                            .u16(3)  // drops
                            .u32(static_cast<uint32_t>(stamp >> 32))
                            .u32(static_cast<uint32_t>(stamp))
                            .u32(static_cast<uint32_t>(data.size()))
                            .u32(static_cast<uint32_t>(data.size()))
                            .raw(data)
                            .pad_to_4());
    }
    PcapngBytes& simple(std::string_view data, uint32_t wire = 0) {
        return block(
            3,
            body().u32(wire == 0 ? static_cast<uint32_t>(data.size()) : wire).raw(data).pad_to_4());
    }
    PcapngBytes& block(uint32_t type, const CaptureBytes& content) {
        const auto length = static_cast<uint32_t>(12 + content.size());
        u32(type).u32(length).raw(content.str()).u32(length);
        return *this;
    }
    CaptureBytes body() const { return CaptureBytes(order_); }

private:
    Order order_;
};

// One packet as a format or a source has handed it over, with bytes of its own.
struct SeenPacket {
    std::string data;
    uint32_t wire_length;
    int64_t time_ns;
    packet::LinkType link;

    explicit SeenPacket(const packet::Packet& packet)
        : data(reinterpret_cast<const char*>(packet.data), packet.captured_length),
          wire_length(packet.wire_length),
          time_ns(packet.time_ns),
          link(packet.link) {}
};

inline std::span<const uint8_t> as_bytes(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace baleen::test
