#include "dataplane/stream/segment_buffer.h"

#include <algorithm>
#include <cstring>

#include "dataplane/flow/tcp_tracker.h"

namespace baleen::stream {

using flow::sequence_distance;

base::Result<SegmentBuffer> SegmentBuffer::create(const StreamSettings& settings) {
    const uint64_t count = settings.buffer_bytes / block_bytes;
    if (count >= UINT32_MAX) return base::Error{"more than 8 TiB of out-of-order TCP data"};
    if (settings.buffer_bytes_per_direction < block_bytes)
        return base::Error{"a direction's out-of-order TCP data needs 2 KiB or more"};
    auto memory = base::HugeMemory::allocate((count + 1) * block_bytes);
    if (!memory) return memory.error();
    SegmentBuffer buffer;
    buffer.memory_ = std::move(*memory);
    buffer.blocks_ = buffer.memory_.as<Block>(count + 1).data();
    buffer.block_count_ = static_cast<uint32_t>(count + 1);
    buffer.blocks_per_direction_ = static_cast<uint32_t>(
        std::min<uint64_t>(settings.buffer_bytes_per_direction / block_bytes, UINT16_MAX));
    return buffer;
}

// The last block that begins at or before `sequence`. Most data is the latest, so from the end.
uint32_t SegmentBuffer::last_not_behind(const Direction& direction, uint32_t sequence) const {
    if (direction.first_block == block_absent) return at_front;
    uint32_t block = blocks_[direction.first_block].previous;
    while (sequence_distance(blocks_[block].sequence, sequence) < 0) {
        if (block == direction.first_block) return at_front;
        block = blocks_[block].previous;
    }
    return block;
}

uint32_t SegmentBuffer::allocate(const Direction& direction) {
    if (direction.block_count == blocks_per_direction_) return block_absent;
    uint32_t block = free_;
    if (block != block_absent) free_ = blocks_[block].next;
    else if (high_water_ < block_count_) block = high_water_++;
    else return block_absent;
    in_use_++;
    return block;
}

void SegmentBuffer::link_behind(Direction& direction, uint32_t before, uint32_t block) {
    const uint32_t next = next_of(direction, before);
    const uint32_t first = direction.first_block;
    blocks_[block].next = next;
    if (before == at_front) {
        blocks_[block].previous = first == block_absent ? block : blocks_[first].previous;
        direction.first_block = block;
    } else {
        blocks_[block].previous = before;
        blocks_[before].next = block;
    }
    if (next != block_absent) blocks_[next].previous = block;
    else blocks_[direction.first_block].previous = block;
    direction.block_count++;
}

// As many bytes as fit in, behind `before`, which ends at `sequence` or earlier; in it, if there is
// room. Returns the block, or block_absent.
uint32_t SegmentBuffer::add(Direction& direction, uint32_t before, uint32_t sequence, Bytes bytes) {
    uint32_t block = before;
    if (before == at_front || blocks_[before].end() != sequence ||
        blocks_[before].bytes == block_data_bytes) {
        block = allocate(direction);
        if (block == block_absent) return block_absent;
        blocks_[block].sequence = sequence;
        blocks_[block].bytes = 0;
        link_behind(direction, before, block);
    }
    Block& into = blocks_[block];
    const auto count =
        std::min<uint32_t>(static_cast<uint32_t>(bytes.size()), block_data_bytes - into.bytes);
    std::memcpy(into.data + into.bytes, bytes.data(), count);
    into.bytes += count;
    return block;
}

size_t SegmentBuffer::insert(Direction& direction, uint32_t sequence, Bytes bytes,
                             Overlap& overlap) {
    uint32_t before = last_not_behind(direction, sequence);
    size_t done = 0;
    while (done < bytes.size()) {
        const uint32_t at = sequence + static_cast<uint32_t>(done);
        const Bytes rest = bytes.subspan(done);
        if (before != at_front && sequence_distance(at, blocks_[before].end()) > 0) {
            compare(before, at, rest, overlap);
            done += std::min<size_t>(rest.size(), blocks_[before].end() - at);
            continue;
        }
        const uint32_t next = next_of(direction, before);
        const size_t room = next == block_absent ? rest.size() : blocks_[next].sequence - at;
        if (room == 0) {
            before = next;
            continue;
        }
        const uint32_t block = add(direction, before, at, rest.first(std::min(room, rest.size())));
        if (block == block_absent) return done;
        done += blocks_[block].end() - at;
        before = block;
    }
    return done;
}

void SegmentBuffer::compare(uint32_t block, uint32_t sequence, Bytes bytes,
                            Overlap& overlap) const {
    const Bytes kept = blocks_[block].content().subspan(sequence - blocks_[block].sequence);
    const size_t count = std::min(kept.size(), bytes.size());
    overlap.bytes += count;
    overlap.differs = overlap.differs || std::memcmp(kept.data(), bytes.data(), count) != 0;
}

uint32_t SegmentBuffer::take_first(Direction& direction) {
    const uint32_t block = direction.first_block;
    direction.first_block = blocks_[block].next;
    if (direction.first_block != block_absent)
        blocks_[direction.first_block].previous = blocks_[block].previous;
    direction.block_count--;
    return block;
}

void SegmentBuffer::give_back(uint32_t block) {
    blocks_[block].next = free_;
    free_ = block;
    in_use_--;
}

uint64_t SegmentBuffer::clear(Direction& direction) {
    uint64_t bytes = 0;
    while (direction.first_block != block_absent) {
        const uint32_t block = take_first(direction);
        bytes += blocks_[block].bytes;
        give_back(block);
    }
    return bytes;
}

}  // namespace baleen::stream
