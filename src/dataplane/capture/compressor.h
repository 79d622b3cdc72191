// Chunks compressed one by one, so that any of them is read without the others. Of zstd (RFC 8878)
// each is a frame, and a skippable frame behind it, which every decoder passes over, pads it; of
// LZ4 each is a block of the file's one frame, and blocks that hold padding follow it
// (lz4_block.h). A file of them is one that `zstd -d` and `lz4 -d` take.
#pragma once

#include <zstd.h>

#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/capture/output_settings.h"

namespace baleen::capture {

class Compressor {
public:
    explicit Compressor(Compression compression);

    bool is_none() const { return compression_ == Compression::none; }
    // Files need an end, whether or not there is something to say in it.
    bool has_end() const { return compression_ == Compression::lz4; }

    // Where in a file the bytes are.
    enum class Place { begin, middle, end };
    // Room that stored bytes of so many need at most.
    uint64_t bound(uint64_t bytes) const;
    // With padding, in all a multiple of chunk_alignment and not less than `least`.
    uint64_t compress(std::span<const uint8_t> from, std::span<uint8_t> to,
                      Place place = Place::middle, uint64_t least = 0);

private:
    uint64_t compress_zstd(std::span<const uint8_t> from, std::span<uint8_t> to, uint64_t least);
    uint64_t compress_lz4(std::span<const uint8_t> from, std::span<uint8_t> to, Place place,
                          uint64_t least);

    Compression compression_;
    std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> zstd_{nullptr, ZSTD_freeCCtx};
};

}  // namespace baleen::capture
