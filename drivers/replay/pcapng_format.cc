#include <fmt/format.h>

#include <algorithm>

#include "baleen/limits.h"
#include "base/byte_reader.h"
#include "drivers/replay/pcapng_format.h"

namespace baleen::drivers {
namespace {

using base::load;

// Block types (draft-ietf-opsawg-pcapng section 10.1).
constexpr uint32_t block_section =
    0x0a0d0d0a;  // a palindrome: readable before the byte order is known
constexpr uint32_t block_interface = 1;
constexpr uint32_t block_packet_obsolete = 2;
constexpr uint32_t block_simple_packet = 3;
constexpr uint32_t block_enhanced_packet = 6;

constexpr uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr uint32_t block_overhead_bytes = 12;    // type, length, length again
constexpr uint32_t block_bytes_max = 16u << 20;  // as Wireshark's: a length beyond it is damage
constexpr size_t interfaces_max = 65536;  // the obsolete packet block names them with 16 bits

constexpr uint16_t option_end = 0;
constexpr uint16_t option_time_resolution = 9;
constexpr uint16_t option_time_offset = 14;
constexpr uint64_t microseconds = 1'000'000;

// Stamp in units of 1/units_per_second to ns, without overflow; stamps beyond the bound are cut to
// it.
int64_t to_ns(uint64_t stamp, uint64_t units_per_second, int64_t offset_s) {
    const uint64_t seconds = stamp / units_per_second;
    const uint64_t rest = stamp % units_per_second;
    __extension__ using uint128 = unsigned __int128;
    const auto rest_ns = static_cast<uint64_t>(uint128{rest} * 1'000'000'000 / units_per_second);
    __extension__ using int128 = __int128;
    const int128 total_s = int128{seconds} + offset_s;
    if (total_s < 0) return 0;
    if (total_s > time_ns_max / 1'000'000'000) return time_ns_max;
    return std::min(static_cast<int64_t>(total_s) * 1'000'000'000 + static_cast<int64_t>(rest_ns),
                    time_ns_max);
}

// if_tsresol: a power of ten, or of two when the top bit is set. 0: not representable.
uint64_t units_per_second(uint8_t resolution) {
    const uint32_t exponent = resolution & 0x7f;
    if ((resolution & 0x80) != 0) return exponent < 64 ? uint64_t{1} << exponent : 0;
    uint64_t units = 1;
    for (uint32_t i = 0; i < exponent; i++)
        if (__builtin_mul_overflow(units, 10, &units)) return 0;
    return units;
}

}  // namespace

uint16_t PcapngFormat::load16(const uint8_t* p) const {
    const auto value = load<uint16_t>(p);
    return swapped_ ? __builtin_bswap16(value) : value;
}

uint32_t PcapngFormat::load32(const uint8_t* p) const {
    const auto value = load<uint32_t>(p);
    return swapped_ ? __builtin_bswap32(value) : value;
}

StepResult PcapngFormat::fail(std::string sentence) {
    failure_ = std::move(sentence);
    return {Step::failed};
}

bool PcapngFormat::recognises(std::span<const uint8_t> bytes) {
    return bytes.size() >= 4 && load<uint32_t>(bytes.data()) == block_section;
}

StepResult PcapngFormat::next(std::span<const uint8_t> bytes, packet::Packet& out) {
    if (bytes.size() < block_header_bytes) return {Step::need_more};
    const bool is_section = load<uint32_t>(bytes.data()) == block_section;
    if (is_section) {
        const auto magic = load<uint32_t>(bytes.data() + 8);
        if (magic != byte_order_magic && magic != __builtin_bswap32(byte_order_magic))
            return fail("has a section without a byte-order mark; the file is damaged there");
        swapped_ = magic != byte_order_magic;
        in_section_ = true;
    }
    if (!in_section_) return fail("does not begin with a section header");
    const uint32_t type = load32(bytes.data());
    const uint32_t length = load32(bytes.data() + 4);
    if (length < block_overhead_bytes || length % 4 != 0 || length > block_bytes_max)
        return fail(fmt::format(
            "has a block of {} bytes, which cannot be; the file is damaged there", length));
    if (bytes.size() < length) return {Step::need_more};
    const auto block = bytes.first(length);
    if (load32(block.data() + length - 4) != length)
        return fail("has a block whose two lengths differ; the file is damaged there");

    StepResult result{Step::skipped};
    if (is_section) result = section_header(block);
    if (type == block_interface) result = interface_description(block);
    if (type == block_enhanced_packet || type == block_packet_obsolete)
        result = packet_block(block, type, out);
    if (type == block_simple_packet) result = simple_packet(block, out);
    result.consumed_bytes = length;
    return result;
}

StepResult PcapngFormat::section_header(std::span<const uint8_t> block) {
    // type, length, magic, version 2 + 2, section length 8, length again
    if (block.size() < 28) return fail("has a section header that is too short");
    const uint16_t major = load16(block.data() + 12);
    if (major != 1)
        return fail(fmt::format("has pcapng version {}; only version 1 is known", major));
    interfaces_.clear();  // section 4.1: interface numbers begin anew
    return {Step::skipped};
}

StepResult PcapngFormat::interface_description(std::span<const uint8_t> block) {
    if (block.size() < 20) return fail("has an interface description that is too short");
    if (interfaces_.size() == interfaces_max) return fail("describes more than 65536 interfaces");
    Interface interface {
        static_cast<packet::LinkType>(load16(block.data() + 8)),
            load32(block.data() + 12), microseconds, 0
    };
    auto options = block.subspan(16, block.size() - 20);
    while (options.size() >= 4) {
        const uint16_t code = load16(options.data());
        const uint16_t bytes = load16(options.data() + 2);
        const size_t padded = 4 + ((size_t{bytes} + 3) & ~size_t{3});
        if (code == option_end || options.size() < padded) break;
        if (code == option_time_resolution && bytes == 1) {
            interface.units_per_second = units_per_second(options[4]);
            if (interface.units_per_second == 0)
                return fail("has an interface with an impossible time resolution");
        }
        if (code == option_time_offset && bytes == 8) {
            const auto offset = load<uint64_t>(options.data() + 4);
            interface.offset_s =
                static_cast<int64_t>(swapped_ ? __builtin_bswap64(offset) : offset);
        }
        options = options.subspan(padded);
    }
    interfaces_.push_back(interface);
    return {Step::skipped};
}

StepResult PcapngFormat::packet_block(std::span<const uint8_t> block, uint32_t type,
                                      packet::Packet& out) {
    // type, length, interface 4 (obsolete kind: 2, drops 2), stamp 4 + 4, captured, original, data,
    // length again
    if (block.size() < 32) return fail("has a packet block that is too short");
    const uint32_t interface_index =
        type == block_enhanced_packet ? load32(block.data() + 8) : load16(block.data() + 8);
    if (interface_index >= interfaces_.size())
        return fail(fmt::format("has a packet from interface {}, which it does not describe",
                                interface_index));
    const Interface& interface = interfaces_[interface_index];
    const uint32_t captured = load32(block.data() + 20);
    if (captured > block.size() - 32 || captured > limits::packet_bytes_max)
        return fail(
            fmt::format("claims a packet of {} bytes in a block of {}", captured, block.size()));
    const uint64_t stamp = uint64_t{load32(block.data() + 12)} << 32 | load32(block.data() + 16);
    out.data = block.data() + 28;
    out.captured_length = captured;
    out.wire_length = std::max(load32(block.data() + 24), captured);
    out.time_ns = to_ns(stamp, interface.units_per_second, interface.offset_s);
    out.link = interface.link;
    return {Step::packet};
}

StepResult PcapngFormat::simple_packet(std::span<const uint8_t> block, packet::Packet& out) {
    // type, length, original, data, length again; from the first interface, without a time stamp
    if (block.size() < 16) return fail("has a simple packet block that is too short");
    if (interfaces_.empty()) return fail("has a packet but no interface description before it");
    const uint32_t original = load32(block.data() + 8);
    uint32_t captured = std::min(original, static_cast<uint32_t>(block.size() - 16));
    if (interfaces_[0].snap_length != 0) captured = std::min(captured, interfaces_[0].snap_length);
    out.data = block.data() + 12;
    out.captured_length = std::min(captured, limits::packet_bytes_max);
    out.wire_length = std::max(original, out.captured_length);
    out.time_ns = 0;
    out.link = interfaces_[0].link;
    return {Step::packet};
}

}  // namespace baleen::drivers
