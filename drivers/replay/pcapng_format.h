// pcapng (draft-ietf-opsawg-pcapng): blocks of sections, interfaces and packets (enhanced, simple
// and the obsolete kind). Other blocks are skipped.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "drivers/replay/format_step.h"
#include "packet/batch.h"

namespace baleen::drivers {

class PcapngFormat {
public:
    static constexpr uint32_t block_header_bytes = 12;
    static bool recognises(std::span<const uint8_t> bytes);

    StepResult next(std::span<const uint8_t> bytes, packet::Packet& out);
    const std::string& failure() const { return failure_; }

private:
    struct Interface {
        packet::LinkType link;
        uint32_t snap_length;
        uint64_t units_per_second;
        int64_t offset_s;
    };

    StepResult section_header(std::span<const uint8_t> block);
    StepResult interface_description(std::span<const uint8_t> block);
    StepResult packet_block(std::span<const uint8_t> block, uint32_t type, packet::Packet& out);
    StepResult simple_packet(std::span<const uint8_t> block, packet::Packet& out);
    StepResult fail(std::string sentence);
    uint16_t load16(const uint8_t* p) const;
    uint32_t load32(const uint8_t* p) const;

    bool swapped_ = false;
    bool in_section_ = false;
    std::vector<Interface> interfaces_;
    std::string failure_;
};

}  // namespace baleen::drivers
