#include "dataplane/capture/pcap_records.h"

#include <algorithm>

#include "base/assert.h"
#include "base/byte_reader.h"
#include "packets/pcapng.h"

namespace baleen::capture {
namespace {

using base::load;
using packets::put;

constexpr uint32_t magic_nanoseconds = 0xa1b23c4d;
constexpr uint32_t snap_length = 262'144;
constexpr uint32_t record_header_bytes = 16;
// Of an enhanced packet block: behind its frame interface, time stamp and two lengths.
constexpr uint32_t packet_data_offset = 28;
static_assert(record_header_bytes < packets::packet_block_bytes(0, 0));

uint8_t* put_record(uint8_t* to, const uint8_t* block) {
    const uint64_t time_ns =
        uint64_t{load<uint32_t>(block + 12)} << 32 | load<uint32_t>(block + 16);
    const auto captured = load<uint32_t>(block + 20);
    to = put(to, static_cast<uint32_t>(time_ns / 1'000'000'000));
    to = put(to, static_cast<uint32_t>(time_ns % 1'000'000'000));
    to = put(to, captured);
    to = put(to, load<uint32_t>(block + 24));
    std::memcpy(to, block + packet_data_offset, captured);
    return to + captured;
}

// Calls `use(block, link)` for each packet.
template <class Use>
void for_each_packet(const packets::ChunkBlock& chunk, const Interfaces& interfaces, Use use) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&chunk);
    uint32_t at = chunk.block_bytes;
    for (uint32_t left = chunk.packets; left != 0;) {
        const uint8_t* block = bytes + at;
        const auto block_bytes = load<uint32_t>(block + 4);
        at += block_bytes;
        BALEEN_ASSERT(at <= chunk.chunk_bytes && block_bytes != 0);
        if (load<uint32_t>(block) != static_cast<uint32_t>(packets::BlockType::enhanced_packet))
            continue;
        const auto interface = interfaces.at(load<uint32_t>(block + 8));
        BALEEN_ASSERT(interface);
        use(block, interface->link);
        left--;
    }
}

}  // namespace

void put_pcap_head(uint8_t* to, packet::LinkType link) {
    to = put(to, magic_nanoseconds);
    to = put(to, uint16_t{2});
    to = put(to, uint16_t{4});
    to = put(to, uint64_t{0});  // time zone and accuracy, which nobody uses
    to = put(to, snap_length);
    put(to, static_cast<uint32_t>(link));
}

std::vector<PcapRecords> copy_records(const packets::ChunkBlock& chunk,
                                      const Interfaces& interfaces, uint8_t* to) {
    // Nearly always there is one, and the second pass has nothing to do.
    std::vector<packet::LinkType> links;
    for_each_packet(chunk, interfaces, [&](const uint8_t*, packet::LinkType link) {
        if (links.empty() || (links.back() != link && std::ranges::count(links, link) == 0))
            links.push_back(link);
    });
    std::vector<PcapRecords> parts;
    for (const packet::LinkType wanted : links) {
        uint8_t* const begin = to;
        uint32_t packets = 0;
        for_each_packet(chunk, interfaces, [&](const uint8_t* block, packet::LinkType link) {
            if (link != wanted) return;
            to = put_record(to, block);
            packets++;
        });
        parts.push_back({wanted, {begin, to}, packets});
    }
    return parts;
}

}  // namespace baleen::capture
