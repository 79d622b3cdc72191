#include "packets/chunk_scan.h"

#include <algorithm>

namespace baleen::packets {
namespace {

// What is looked at for a chunk; then, if it is not whole there, for the longest frame.
constexpr size_t plain_window_bytes = chunk_bytes_max;
constexpr size_t frame_window_bytes = chunk_bytes_max / 2;
using Kind = Stretch::Kind;

// A unit that holds whole blocks; what damaged bytes happen to decode to does not.
bool is_ours(Bytes plain) { return first_block(plain).has_value(); }

uint64_t next_aligned(uint64_t offset) { return (offset / chunk_alignment + 1) * chunk_alignment; }

}  // namespace

base::Result<std::optional<Stretch>> ChunkScan::next() {
    chunk_ = {};
    if (at_ >= end_) return std::optional<Stretch>{};
    const bool is_plain = file_.encoding() == Encoding::plain;
    std::optional<Stretch> stretch;
    for (size_t bytes :
         {is_plain ? plain_window_bytes : frame_window_bytes, frame_stored_bytes_max}) {
        const bool is_all = bytes >= end_ - at_ || is_plain || bytes == frame_stored_bytes_max;
        const auto window = file_.read(at_, std::min<uint64_t>(bytes, end_ - at_));
        if (!window) return window.error();
        if (window->empty()) return std::optional<Stretch>{};
        stretch = at_window(*window);
        if (stretch || is_all) break;
    }
    if (!stretch) return junk();
    stretch->offset = stretch->row.offset = at_;
    at_ += stretch->bytes;
    return stretch;
}

// What begins at the window's front; none: nothing that is ours.
std::optional<Stretch> ChunkScan::at_window(Bytes window) {
    if (file_.is_pcap()) return records(window);
    if (file_.encoding() != Encoding::plain) return frame(window);
    const auto block = first_block(window);
    if (!block) return std::nullopt;
    if (const auto chunk = chunk_block_of(*block)) return plain_chunk(*chunk, window);
    learn(*block);
    switch (block->type) {
        case BlockType::section_header:
        case BlockType::interface_description:
        case BlockType::interface_statistics:
        case BlockType::padding:
            return Stretch{
                .kind = Kind::other, .offset = 0, .bytes = block->bytes.size(), .row = {}};
        default: return std::nullopt;
    }
}

void ChunkScan::learn(const Block& block) {
    if (!learn_interfaces_ || at_ < file_.head_bytes()) return;
    if (auto interface = interface_of(block)) file_.add_interface(*std::move(interface));
}

void ChunkScan::measure(Bytes bytes, Stretch& stretch) {
    PacketCursor cursor(bytes, file_.is_pcap());
    ChunkRow& row = stretch.row;
    row.first_ns = INT64_MAX;
    row.last_ns = INT64_MIN;
    while (const auto packet = cursor.next()) {
        row.first_ns = std::min(row.first_ns, packet->time_ns);
        row.last_ns = std::max(row.last_ns, packet->time_ns);
        row.packets++;
        stretch.wire_bytes += packet->wire_bytes;
    }
    chunk_ = bytes.first(cursor.position());
    row.chunk_bytes = static_cast<uint32_t>(cursor.position());
}

Stretch ChunkScan::plain_chunk(const ChunkBlock& chunk, Bytes window) {
    Stretch stretch{.kind = Kind::chunk, .offset = 0, .bytes = chunk.chunk_bytes, .row = {}};
    stretch.row.sequence = chunk.sequence;
    stretch.row.worker = chunk.worker;
    measure(window.first(std::min<size_t>(chunk.chunk_bytes, window.size())), stretch);
    stretch.row.stored_bytes = stretch.row.chunk_bytes;
    if (stretch.row.chunk_bytes == chunk.chunk_bytes) return stretch;
    // Another chunk may begin anywhere behind what is whole.
    stretch.kind = Kind::torn;
    stretch.bytes = std::min(next_aligned(at_ + stretch.row.chunk_bytes - 1), end_) - at_;
    return stretch;
}

// What pads a unit up to where the next one may begin belongs to it.
void ChunkScan::take_padding(Bytes window, Stretch& stretch) {
    std::vector<uint8_t> padding;
    while ((at_ + stretch.bytes) % chunk_alignment != 0 && !stretch.is_end) {
        padding.clear();
        const auto bytes = file_.frames().read(window.subspan(stretch.bytes), padding);
        if (!bytes || begins_chunk(padding)) break;
        stretch.bytes += *bytes;
        stretch.is_end = file_.frames().is_end();
    }
}

std::optional<Stretch> ChunkScan::frame(Bytes window) {
    plain_.clear();
    const auto frame_bytes = file_.frames().read(window, plain_);
    if (!frame_bytes || !is_ours(plain_)) return std::nullopt;
    Stretch stretch{.kind = Kind::other, .offset = 0, .bytes = *frame_bytes, .row = {}};
    take_padding(window, stretch);
    for (Bytes rest = plain_; const auto block = first_block(rest);) {
        learn(*block);
        const auto chunk = chunk_block_of(*block);
        if (chunk && chunk->chunk_bytes <= rest.size()) {
            measure(rest.first(chunk->chunk_bytes), stretch);
            if (stretch.row.chunk_bytes != chunk->chunk_bytes) return std::nullopt;
            stretch.kind = Kind::chunk;
            stretch.row.sequence = chunk->sequence;
            stretch.row.worker = chunk->worker;
            stretch.row.stored_bytes = static_cast<uint32_t>(stretch.bytes);
            return stretch;
        }
        rest = rest.subspan(block->bytes.size());
    }
    return stretch;
}

// A run of records, as long as a chunk.
std::optional<Stretch> ChunkScan::records(Bytes window) {
    Stretch stretch{.kind = Kind::chunk, .offset = 0, .bytes = 0, .row = {}};
    measure(window.first(std::min<size_t>(window.size(), chunk_bytes_max)), stretch);
    if (stretch.row.packets == 0) return std::nullopt;
    stretch.row.sequence = record_runs_++;
    stretch.row.stored_bytes = stretch.row.chunk_bytes;
    stretch.bytes = stretch.row.chunk_bytes;
    return stretch;
}

// By the first bytes, where they tell: a block of LZ4 begins with its length.
bool ChunkScan::may_begin_unit(Bytes window) const {
    return file_.encoding() == Encoding::zstd
               ? encoding_of(window) == Encoding::zstd
               : window.size() >= 4 && base::load<uint32_t>(window.data()) != 0;
}

// Up to the next place where something of ours begins.
base::Result<std::optional<Stretch>> ChunkScan::junk() {
    Stretch stretch{.kind = Kind::junk, .offset = at_, .bytes = 0, .row = {}};
    const uint64_t begin = at_;
    for (at_ = file_.is_pcap() ? end_ : next_aligned(at_); at_ < end_; at_ = next_aligned(at_)) {
        const auto window = file_.read(at_, std::min<uint64_t>(chunk_alignment, end_ - at_));
        if (!window) return window.error();
        if (window->empty()) break;
        // Where the front looks like it, all of it is looked at.
        const auto block = first_block(*window);
        const bool may_begin = file_.encoding() == Encoding::plain
                                   ? block && (chunk_block_of(*block) || interface_of(*block))
                                   : may_begin_unit(*window);
        if (!may_begin) continue;
        const auto all = file_.read(at_, std::min<uint64_t>(frame_stored_bytes_max, end_ - at_));
        if (!all) return all.error();
        const bool learns = std::exchange(learn_interfaces_, false);
        const bool begins = at_window(*all).has_value();
        learn_interfaces_ = learns;
        if (begins) break;
    }
    chunk_ = {};
    at_ = std::min(at_, end_);
    stretch.bytes = at_ - begin;
    return std::optional<Stretch>(stretch);
}

}  // namespace baleen::packets
