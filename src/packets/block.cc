#include "packets/block.h"

#include "baleen/limits.h"

namespace baleen::packets {
namespace {

// A head may tell the configuration of a run; nothing else of ours is longer than a chunk.
constexpr uint32_t block_bytes_max = chunk_bytes_max;
constexpr int64_t time_ns_max = int64_t{1} << 62;
constexpr uint8_t nanoseconds = 9;  // if_tsresol: a power of ten

// Calls take(code, value) for each, up to the end of options.
template <class Take>
void each_option(Bytes options, const Take& take) {
    base::Cursor cursor(options);
    while (cursor.left() >= option_header_bytes) {
        const auto code = static_cast<OptionCode>(cursor.le16());
        const uint16_t bytes = cursor.le16();
        const Bytes value = cursor.take(bytes);
        if (code == OptionCode::end || !cursor.ok()) return;
        cursor.skip(padded(bytes) - bytes);
        take(code, value);
    }
}

std::string_view text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::optional<Block> first_block(Bytes bytes) {
    base::Cursor cursor(bytes);
    const auto type = static_cast<BlockType>(cursor.le32());
    const uint32_t block_bytes = cursor.le32();
    if (!cursor.ok() || block_bytes < block_frame_bytes || block_bytes % 4 != 0 ||
        block_bytes > block_bytes_max || block_bytes > bytes.size())
        return std::nullopt;
    const Bytes block = bytes.first(block_bytes);
    if (base::load<uint32_t>(block.data() + block_bytes - 4) != block_bytes) return std::nullopt;
    return Block{type, block};
}

std::optional<PacketView> packet_of(const Block& block) {
    if (block.type != BlockType::enhanced_packet) return std::nullopt;
    base::Cursor cursor(block.bytes.first(block.bytes.size() - 4));
    cursor.skip(8);
    PacketView packet{};
    packet.interface = cursor.le32();
    const uint64_t high = cursor.le32();
    packet.time_ns = static_cast<int64_t>(high << 32 | cursor.le32());
    packet.captured_bytes = cursor.le32();
    packet.wire_bytes = cursor.le32();
    packet.data = cursor.take(packet.captured_bytes).data();
    if (!cursor.ok() || packet.captured_bytes > limits::packet_bytes_max || packet.time_ns < 0 ||
        packet.time_ns > time_ns_max)
        return std::nullopt;
    cursor.skip(padded(packet.captured_bytes) - packet.captured_bytes);
    each_option(cursor.rest(), [&](OptionCode code, Bytes value) {
        if (code == OptionCode::comment && packet.comment.empty()) packet.comment = text(value);
    });
    return packet;
}

std::optional<Interface> interface_of(const Block& block) {
    if (block.type != BlockType::interface_description) return std::nullopt;
    base::Cursor cursor(block.bytes.first(block.bytes.size() - 4));
    cursor.skip(8);
    Interface interface {
        static_cast<packet::LinkType>(cursor.le16()), {}, { block.bytes.begin(), block.bytes.end() }
    };
    cursor.skip(2 + 4);  // reserved, snap length
    bool tells_nanoseconds = false;
    each_option(cursor.rest(), [&](OptionCode code, Bytes value) {
        if (code == OptionCode::if_name) interface.name = text(value);
        if (code == OptionCode::if_time_resolution)
            tells_nanoseconds = value.size() == 1 && value[0] == nanoseconds;
    });
    if (!cursor.ok() || !tells_nanoseconds) return std::nullopt;
    return interface;
}

Interface make_interface(packet::LinkType link) {
    Interface interface { link, {}, std::vector<uint8_t>(interface_bytes(0)) };
    put_interface(interface.block.data(), static_cast<uint16_t>(link), {});
    return interface;
}

std::optional<ChunkBlock> chunk_block_of(const Block& block) {
    if (block.type != BlockType::chunk || block.bytes.size() != sizeof(ChunkBlock))
        return std::nullopt;
    const auto chunk = base::load<ChunkBlock>(block.bytes.data());
    const bool fits =
        chunk.chunk_bytes >= sizeof(ChunkBlock) && chunk.chunk_bytes <= chunk_bytes_max;
    if (chunk.magic != chunk_magic || !fits) return std::nullopt;
    return chunk;
}

bool begins_chunk(Bytes bytes) {
    const auto block = first_block(bytes);
    return block && chunk_block_of(*block);
}

}  // namespace baleen::packets
