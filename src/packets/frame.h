// Compressed frames, one at a time: zstd (RFC 8878), LZ4 (its frame format, version 1.6) and the
// skippable frames that both know. A chunk is one of them.
#pragma once

#include <zstd.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/cursor.h"
#include "packets/chunk.h"

struct LZ4F_dctx_s;

namespace baleen::packets {

enum class Encoding : uint8_t { plain, zstd, lz4 };

// What a frame may hold, and how long it may be: a chunk, where nothing could be compressed.
inline constexpr size_t frame_plain_bytes_max = chunk_bytes_max + (64u << 10);
inline constexpr size_t frame_stored_bytes_max = 2 * chunk_bytes_max;

// By the magic number in front. Skippable frames tell nothing: plain.
Encoding encoding_of(base::Bytes bytes);
bool is_skippable_frame(base::Bytes bytes);

class FrameReader {
public:
    FrameReader();

    // Adds to `out` what the frame at the front holds (a skippable one: nothing). Returns how long
    // the frame is; none: it is not whole, damaged, or holds too much.
    std::optional<size_t> read(base::Bytes stored, std::vector<uint8_t>& out);

private:
    std::optional<size_t> read_zstd(base::Bytes stored, std::vector<uint8_t>& out);
    std::optional<size_t> read_lz4(base::Bytes stored, std::vector<uint8_t>& out);

    struct FreeLz4 {
        void operator()(LZ4F_dctx_s* context) const;
    };
    std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> zstd_;
    std::unique_ptr<LZ4F_dctx_s, FreeLz4> lz4_;
};

}  // namespace baleen::packets
