#include "packets/packet_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "baleen/limits.h"
#include "packets/file.h"

namespace baleen::packets {
namespace {

constexpr uint32_t pcap_magic_ns = 0xa1b23c4d;
constexpr int64_t second_ns = 1'000'000'000;

// Enough for most heads; a long configuration takes a second read.
constexpr size_t head_bytes_usual = 32 << 10;

bool begins_section(Bytes bytes) {
    return bytes.size() >= 12 &&
           base::load<uint32_t>(bytes.data()) == static_cast<uint32_t>(BlockType::section_header) &&
           base::load<uint32_t>(bytes.data() + 8) == byte_order_magic;
}

// Head blocks at the front; returns how long they are together.
size_t take_head(Bytes bytes, std::vector<Interface>& interfaces) {
    size_t at = 0;
    while (const auto block = first_block(bytes.subspan(at))) {
        const bool is_head = block->type == BlockType::section_header ||
                             block->type == BlockType::interface_description ||
                             block->type == BlockType::padding;
        if (!is_head) break;
        if (auto interface = interface_of(*block)) interfaces.push_back(*std::move(interface));
        at += block->bytes.size();
    }
    return at;
}

}  // namespace

base::Error PacketFile::error(std::string_view what) const {
    return {fmt::format("'{}' {}", path_, what)};
}

base::Result<PacketFile> PacketFile::open(const std::string& path) {
    auto fd = open_file(path, O_RDONLY);
    if (!fd) return fd.error();
    const auto bytes = file_bytes(fd->get(), path);
    if (!bytes) return bytes.error();
    PacketFile file(path, *std::move(fd), *bytes);
    if (auto status = file.read_head(); !status) return status.error();
    return file;
}

base::Status PacketFile::read_pcap_head(Bytes head) {
    if (head.size() < pcap_head_bytes) return error("ends within its head");
    is_pcap_ = true;
    head_bytes_ = pcap_head_bytes;
    interfaces_ = {make_interface(static_cast<packet::LinkType>(base::load<uint16_t>(&head[20])))};
    return base::Ok{};
}

base::Status PacketFile::read_head() {
    for (const size_t count : {head_bytes_usual, frame_stored_bytes_max}) {
        interfaces_.clear();
        plain_.clear();
        const auto head = read(0, count);
        if (!head) return head.error();
        if (head->size() >= 4 && base::load<uint32_t>(head->data()) == pcap_magic_ns)
            return read_pcap_head(*head);
        encoding_ = encoding_of(*head);
        frames_ = FrameReader(encoding_);
        if (encoding_ == Encoding::plain) {
            if (!begins_section(*head)) return error("is no file of packets of Baleen's");
            head_bytes_ = take_head(*head, interfaces_);
            // Up to the end of what was read: there may be more of it.
            if (head_bytes_ != 0 && head->size() - head_bytes_ >= block_frame_bytes)
                return base::Ok{};
        } else if (const auto frame_bytes = frames_.read(*head, plain_)) {
            if (!begins_section(plain_)) return error("is no file of packets of Baleen's");
            take_head(plain_, interfaces_);
            head_bytes_ = *frame_bytes;
            // What pads it.
            std::vector<uint8_t> padding;
            while (head_bytes_ % chunk_alignment != 0) {
                padding.clear();
                const auto bytes = frames_.read(head->subspan(head_bytes_), padding);
                if (!bytes || frames_.is_end() || begins_chunk(padding)) break;
                head_bytes_ += *bytes;
            }
            if (head_bytes_ % chunk_alignment == 0 || head->size() == bytes_) return base::Ok{};
        }
    }
    return head_bytes_ != 0 ? base::Status(base::Ok{}) : error("has no whole head");
}

base::Result<Bytes> PacketFile::read(uint64_t offset, size_t count) {
    if (stored_.size() < count) stored_.resize(count);
    const auto got = read_at(fd_.get(), path_, offset, std::span(stored_).first(count));
    if (!got) return got.error();
    return Bytes(stored_).first(*got);
}

base::Result<Bytes> PacketFile::read_plain(uint64_t offset, size_t stored_bytes) {
    if (stored_bytes > frame_stored_bytes_max) return error("has a chunk that is too long");
    const auto stored = read(offset, stored_bytes);
    if (!stored) return stored.error();
    if (stored->size() < stored_bytes) return error("ends within a chunk");
    if (encoding_ == Encoding::plain) return stored;
    plain_.clear();
    for (Bytes rest = *stored; !rest.empty();) {
        const auto frame_bytes = frames_.read(rest, plain_);
        if (!frame_bytes || plain_.size() > frame_plain_bytes_max)
            return error(fmt::format("is damaged at {}", offset));
        rest = rest.subspan(*frame_bytes);
    }
    return Bytes(plain_);
}

base::Result<Bytes> PacketFile::read_chunk(const ChunkRow& row) {
    const auto plain = read_plain(row.offset, row.stored_bytes);
    if (!plain || is_pcap_) return plain;
    for (Bytes rest = *plain; const auto block = first_block(rest);) {
        const auto chunk = chunk_block_of(*block);
        if (chunk && chunk->sequence == row.sequence && chunk->worker == row.worker) return rest;
        if (chunk) break;
        rest = rest.subspan(block->bytes.size());
    }
    return error(fmt::format("has another chunk at {} than its index says", row.offset));
}

packet::Packet to_parse(const PacketView& view, packet::LinkType link) {
    packet::Packet packet{};
    packet.data = view.data;
    packet.captured_length = view.captured_bytes;
    packet.wire_length = std::max(view.wire_bytes, view.captured_bytes);
    packet.time_ns = packet.clock_ns = view.time_ns;
    packet.link = link;
    return packet;
}

std::optional<PacketView> PacketCursor::next() {
    if (is_pcap_) return next_record();
    while (const auto block = first_block(bytes_.subspan(position_))) {
        const auto packet = packet_of(*block);
        if (!packet && block->type == BlockType::enhanced_packet) break;
        position_ += block->bytes.size();
        if (packet) return packet;
    }
    return std::nullopt;
}

std::optional<PacketView> PacketCursor::next_record() {
    base::Cursor cursor(bytes_.subspan(position_));
    PacketView packet{};
    const int64_t seconds = cursor.le32();
    const int64_t fraction_ns = cursor.le32();
    packet.captured_bytes = cursor.le32();
    packet.wire_bytes = cursor.le32();
    packet.time_ns = seconds * second_ns + fraction_ns;
    packet.data = cursor.take(packet.captured_bytes).data();
    // Zeros are what a file system leaves where nothing was written.
    const bool is_hole = packet.time_ns == 0 && packet.wire_bytes == 0;
    if (!cursor.ok() || packet.captured_bytes > limits::packet_bytes_max ||
        fraction_ns >= second_ns || is_hole)
        return std::nullopt;
    position_ += cursor.position();
    return packet;
}

}  // namespace baleen::packets
