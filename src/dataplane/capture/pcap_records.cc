#include "dataplane/capture/pcap_records.h"

#include <algorithm>

#include "baleen/limits.h"
#include "base/assert.h"
#include "dataplane/capture/chunk_packets.h"

namespace baleen::capture {
namespace {

using packets::put;

constexpr uint32_t magic_nanoseconds = 0xa1b23c4d;
constexpr uint32_t record_header_bytes = 16;
static_assert(record_header_bytes < packets::packet_block_bytes(0, 0));

uint8_t* put_record(uint8_t* to, const packets::PacketView& packet) {
    const auto time_ns = static_cast<uint64_t>(packet.time_ns);
    to = put(to, static_cast<uint32_t>(time_ns / 1'000'000'000));
    to = put(to, static_cast<uint32_t>(time_ns % 1'000'000'000));
    to = put(to, packet.captured_bytes);
    to = put(to, packet.wire_bytes);
    std::memcpy(to, packet.data, packet.captured_bytes);
    return to + packet.captured_bytes;
}

// Calls `use(packet, link)` for each packet.
template <class Use>
void for_each_packet(const packets::ChunkBlock& chunk, const Interfaces& interfaces, Use use) {
    visit_packets(chunk, reinterpret_cast<const uint8_t*>(&chunk),
                  [&](const packets::PacketView& packet, uint32_t) {
                      const auto interface = interfaces.at(packet.interface);
                      BALEEN_ASSERT(interface);
                      use(packet, interface->link);
                      return true;
                  });
}

}  // namespace

void put_pcap_head(uint8_t* to, packet::LinkType link) {
    to = put(to, magic_nanoseconds);
    to = put(to, uint16_t{2});
    to = put(to, uint16_t{4});
    to = put(to, uint64_t{0});  // time zone and accuracy, which nobody uses
    to = put(to, limits::packet_bytes_max);
    put(to, static_cast<uint32_t>(link));
}

std::vector<PcapRecords> copy_records(const packets::ChunkBlock& chunk,
                                      const Interfaces& interfaces, uint8_t* to) {
    // Nearly always there is one, and the second pass has nothing to do.
    std::vector<packet::LinkType> links;
    for_each_packet(chunk, interfaces, [&](const packets::PacketView&, packet::LinkType link) {
        if (links.empty() || (links.back() != link && std::ranges::count(links, link) == 0))
            links.push_back(link);
    });
    std::vector<PcapRecords> parts;
    for (const packet::LinkType wanted : links) {
        uint8_t* const begin = to;
        uint32_t packets = 0;
        for_each_packet(chunk, interfaces,
                        [&](const packets::PacketView& packet, packet::LinkType link) {
                            if (link != wanted) return;
                            to = put_record(to, packet);
                            packets++;
                        });
        parts.push_back({wanted, {begin, to}, packets});
    }
    return parts;
}

}  // namespace baleen::capture
