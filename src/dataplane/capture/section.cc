// Blocks of draft-ietf-opsawg-pcapng: section header (4.1), interface description (4.2) and
// interface statistics (4.6).
#include "dataplane/capture/section.h"

#include <algorithm>

#include "packets/pcapng.h"

namespace baleen::capture {
namespace {

using packets::BlockType;
using packets::OptionCode;
using packets::put;
using packets::put_option;

constexpr std::string_view application = "Baleen " BALEEN_VERSION;
constexpr size_t name_bytes_max = 64;

std::string_view name_of(const InterfaceFacts& interface) {
    return std::string_view(interface.name).substr(0, name_bytes_max);
}

uint32_t interface_bytes(const InterfaceFacts& interface) {
    return packets::interface_bytes(name_of(interface).size());
}

uint8_t* put_interface(uint8_t* to, const InterfaceFacts& interface) {
    return packets::put_interface(to, static_cast<uint16_t>(interface.link), name_of(interface));
}

// Without a torn character at the end (RFC 3629: bytes that go on begin with 10).
std::string_view cut_text(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    size_t bytes = bytes_max;
    while (bytes > 0 && (static_cast<uint8_t>(text[bytes]) & 0xc0) == 0x80) bytes--;
    return text.substr(0, bytes);
}

// Padding is a block of its own: what remains is none of it, or enough for one.
uint64_t with_padding(uint64_t bytes) {
    const uint64_t whole = aligned(bytes);
    return whole == bytes || whole - bytes >= packets::block_frame_bytes
               ? whole
               : whole + packets::chunk_alignment;
}

}  // namespace

void put_head(std::span<uint8_t> to, std::span<const InterfaceFacts> interfaces,
              std::string_view comment) {
    uint32_t described = 0;
    for (const auto& interface : interfaces) described += interface_bytes(interface);
    const size_t used = packets::section_header_bytes(0, application.size()) + described +
                        packets::block_frame_bytes;
    BALEEN_ASSERT(used + packets::option_header_bytes <= to.size());
    const std::string_view text =
        cut_text(comment, (to.size() - used - packets::option_header_bytes) & ~size_t{3});
    uint8_t* at = packets::put_section_header(to.data(), text, application);
    for (const auto& interface : interfaces) at = put_interface(at, interface);
    const auto rest = static_cast<uint32_t>(to.data() + to.size() - at);
    packets::put_padding(at, rest);
}

AlignedBytes interface_blocks(std::span<const InterfaceFacts> interfaces) {
    uint64_t bytes = 0;
    for (const auto& interface : interfaces) bytes += interface_bytes(interface);
    AlignedBytes out(with_padding(bytes));
    uint8_t* at = out.data();
    for (const auto& interface : interfaces) at = put_interface(at, interface);
    if (out.size() != bytes) packets::put_padding(at, static_cast<uint32_t>(out.size() - bytes));
    return out;
}

AlignedBytes statistics_blocks(std::span<const InterfaceStatistics> interfaces, int64_t time_ns) {
    // Interface, time stamp, two counters, the end of options.
    constexpr uint32_t block_bytes = packets::block_frame_bytes + 12 +
                                     2 * packets::option_bytes(8) + packets::option_header_bytes;
    const uint64_t bytes = uint64_t{block_bytes} * interfaces.size();
    AlignedBytes out(with_padding(bytes));
    uint8_t* at = out.data();
    const auto counter = [&](OptionCode code, uint64_t value) {
        at = put_option(at, code, {reinterpret_cast<const char*>(&value), sizeof value});
    };
    for (const auto& interface : interfaces) {
        at = packets::begin_block(at, BlockType::interface_statistics, block_bytes);
        at = put(at, interface.interface);
        at = put(at, static_cast<uint32_t>(static_cast<uint64_t>(time_ns) >> 32));
        at = put(at, static_cast<uint32_t>(time_ns));
        counter(OptionCode::statistics_received, interface.received);
        counter(OptionCode::statistics_dropped, interface.dropped);
        at = put(at, uint32_t{0});
        at = put(at, block_bytes);
    }
    if (out.size() != bytes) packets::put_padding(at, static_cast<uint32_t>(out.size() - bytes));
    return out;
}

}  // namespace baleen::capture
