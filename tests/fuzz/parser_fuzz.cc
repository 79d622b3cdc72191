// Any bytes as a packet of any link type: no byte beyond the packet is read, and what the parser
// says makes sense.
#include <cstdint>
#include <cstring>
#include <memory>

#include "base/assert.h"
#include "packet/parser.h"
#include "packet/summary.h"

using namespace baleen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr packet::LinkType links[] = {
        packet::LinkType::ethernet,   packet::LinkType::raw,        packet::LinkType::null,
        packet::LinkType::loop,       packet::LinkType::raw_ipv4,   packet::LinkType::raw_ipv6,
        packet::LinkType::linux_sll,  packet::LinkType::linux_sll2, packet::LinkType::ppp,
        packet::LinkType::cisco_hdlc,
    };
    if (size < 2) return 0;
    const uint8_t choice = data[0];
    const uint32_t beyond = data[1];  // bytes that were on the wire and not captured
    data += 2;
    size -= 2;
    // An allocation of exactly the packet's size, so that the sanitizer sees the first byte too
    // far.
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]);
    if (size > 0) std::memcpy(bytes.get(), data, size);

    packet::Packet packet{};
    packet.data = bytes.get();
    packet.captured_length = static_cast<uint32_t>(size);
    packet.wire_length = packet.captured_length + beyond;
    packet.link = links[choice % std::size(links)];
    const packet::ParseOptions options{.key_vlan = (choice & 0x80) != 0};

    packet::FlowKey key;
    packet::Layers layers;
    packet::Outer outer;
    packet::Notes notes{};
    const packet::Verdict verdict =
        packet::parse_packet(packet, options, key, layers, outer, notes);
    if (verdict == packet::Verdict::counted_flow) {
        BALEEN_ASSERT(key.ip_version == 4 || key.ip_version == 6);
        BALEEN_ASSERT(layers.payload_offset + layers.payload_length <= size);
        BALEEN_ASSERT(layers.l3_offset <= layers.payload_offset);
    } else {
        BALEEN_ASSERT(key == packet::FlowKey{});
    }
    std::string text;
    packet::append_summary(text, {packet, verdict, key, layers, outer});
    packet::append_summary_json(text, {packet, verdict, key, layers, outer}, 1);
    return 0;
}
