#include <fmt/format.h>

#include <array>

#include "base/byte_reader.h"
#include "drivers/replay/pcap_format.h"

namespace baleen::drivers {
namespace {

using base::load;

struct Magic {
    uint32_t value;
    uint32_t fraction_ns;
    uint32_t record_header_bytes;
};
constexpr std::array magics = {
    Magic{0xa1b2c3d4, 1000, 16}, Magic{0xa1b23c4d, 1, 16},
    Magic{0xa1b2cd34, 1000, 24},  // "modified" pcap: 8 more bytes in each record header
};

constexpr uint16_t version_major = 2;
// Bits of the link type word that no file may set: draft-ietf-opsawg-pcap section 4 ("Reserved").
constexpr uint32_t link_reserved_mask = 0x03ff0000;

const Magic* find_magic(std::span<const uint8_t> bytes, bool& swapped) {
    if (bytes.size() < 4) return nullptr;
    const auto value = load<uint32_t>(bytes.data());
    for (const Magic& magic : magics) {
        swapped = value == __builtin_bswap32(magic.value);
        if (swapped || value == magic.value) return &magic;
    }
    return nullptr;
}

}  // namespace

bool PcapFormat::recognises(std::span<const uint8_t> bytes) {
    bool swapped;
    return find_magic(bytes, swapped) != nullptr;
}

base::Result<PcapFormat> PcapFormat::open(std::span<const uint8_t> bytes) {
    PcapFormat format;
    const Magic* magic = find_magic(bytes, format.swapped_);
    if (magic == nullptr || bytes.size() < file_header_bytes)
        return base::Error{"is cut inside the pcap file header"};
    format.fraction_ns_ = magic->fraction_ns;
    format.record_header_bytes_ = magic->record_header_bytes;
    const uint32_t version = format.field(bytes.data() + 4);
    // Two 16-bit fields: the major one comes first in the file.
    const uint32_t major = format.swapped_ ? version >> 16 : version & 0xffff;
    if (major != version_major)
        return base::Error{fmt::format("has pcap version {}; only version 2 is known", major)};
    const uint32_t link = format.field(bytes.data() + 20);
    if ((link & link_reserved_mask) != 0)
        return base::Error{fmt::format(
            "has reserved bits in its link type (0x{:08x}); the header is damaged", link)};
    format.link_ = static_cast<packet::LinkType>(link & 0xffff);
    return format;
}

StepResult PcapFormat::damaged(uint32_t captured) {
    failure_ = fmt::format(
        "claims a packet of {} bytes, more than any link carries; the file is damaged there",
        captured);
    return {Step::failed};
}

}  // namespace baleen::drivers
