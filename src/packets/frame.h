// Compressed units, one at a time: frames of zstd (RFC 8878) and skippable ones; blocks of an LZ4
// frame (its format, version 1.6) whose blocks are independent, the first one with the frame's head
// in front. A chunk is one of them.
#pragma once

#include <zstd.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/cursor.h"
#include "packets/chunk.h"

namespace baleen::packets {

enum class Encoding : uint8_t { plain, zstd, lz4 };

// What a unit may hold, and how long it may be: a chunk, where nothing could be compressed.
inline constexpr size_t frame_plain_bytes_max = chunk_bytes_max + (64u << 10);
inline constexpr size_t frame_stored_bytes_max = 2 * chunk_bytes_max;

// By the magic number in front of a file.
Encoding encoding_of(base::Bytes bytes);

class FrameReader {
public:
    explicit FrameReader(Encoding encoding = Encoding::plain);

    // Adds to `out` what the unit at the front holds; skippable frames and the end of a frame hold
    // nothing. Returns how long the unit is; none: it is not whole, damaged, or holds too much.
    std::optional<size_t> read(base::Bytes stored, std::vector<uint8_t>& out);
    // The unit read last was the end of the frame, behind its last block.
    bool is_end() const { return is_end_; }

private:
    std::optional<size_t> read_zstd(base::Bytes stored, std::vector<uint8_t>& out);
    std::optional<size_t> read_lz4(base::Bytes stored, std::vector<uint8_t>& out);

    Encoding encoding_;
    bool is_end_ = false;
    std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> zstd_;
};

}  // namespace baleen::packets
