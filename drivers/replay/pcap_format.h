// Classic pcap (draft-ietf-opsawg-pcap): a 24-byte file header, then records of a 16-byte header
// and the captured bytes. Micro- and nanosecond, both byte orders, and the variant with 24-byte
// record headers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "baleen/limits.h"
#include "base/byte_reader.h"
#include "base/result.h"
#include "drivers/replay/format_step.h"
#include "packet/batch.h"

namespace baleen::drivers {

class PcapFormat {
public:
    static constexpr uint32_t file_header_bytes = 24;

    static bool recognises(std::span<const uint8_t> bytes);
    // `bytes`: at least file_header_bytes from the start of the file.
    static base::Result<PcapFormat> open(std::span<const uint8_t> bytes);

    // Fills data, lengths, time and link of `out` when the step is a packet. Inline: the replay
    // loop spends its time here.
    StepResult next(std::span<const uint8_t> bytes, packet::Packet& out) {
        if (bytes.size() < record_header_bytes_) return {Step::need_more};
        const uint8_t* header = bytes.data();
        const uint32_t captured = field(header + 8);
        const uint64_t record_bytes = uint64_t{record_header_bytes_} + captured;
        if (captured > limits::packet_bytes_max) [[unlikely]]
            return damaged(captured);
        if (bytes.size() < record_bytes) return {Step::need_more};
        out.data = header + record_header_bytes_;
        out.captured_length = captured;
        out.wire_length = std::max(field(header + 12), captured);
        // 2^32 s + 2^32 us is below 2^62 ns.
        out.time_ns =
            int64_t{field(header)} * 1'000'000'000 + int64_t{field(header + 4)} * fraction_ns_;
        out.link = link_;
        return {Step::packet, record_bytes};
    }

    const std::string& failure() const { return failure_; }

private:
    uint32_t field(const uint8_t* p) const {
        const auto value = base::load<uint32_t>(p);
        return swapped_ ? __builtin_bswap32(value) : value;
    }
    StepResult damaged(uint32_t captured);

    bool swapped_ = false;
    uint32_t record_header_bytes_ = 16;
    uint32_t fraction_ns_ = 1000;  // what one unit of the second time stamp field is worth
    packet::LinkType link_ = packet::LinkType::ethernet;
    std::string failure_;
};

}  // namespace baleen::drivers
