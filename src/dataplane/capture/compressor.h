// Chunks compressed one by one: each is an independent frame (RFC 8878 of zstd, or the LZ4 frame
// format), padded by a skippable frame, which both formats have (0x184D2A50) and every decoder
// passes over. A file of them is one that `zstd -d` and `lz4 -d` take, and any chunk of it is read
// without the others.
#pragma once

#include <lz4frame.h>
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
    // Room that stored bytes of so many need at most.
    uint64_t bound(uint64_t bytes) const;
    // Frame and padding, in all a multiple of chunk_alignment and not less than `least`.
    uint64_t compress(std::span<const uint8_t> from, std::span<uint8_t> to, uint64_t least = 0);

private:
    uint64_t frame(std::span<const uint8_t> from, std::span<uint8_t> to);

    Compression compression_;
    std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> zstd_{nullptr, ZSTD_freeCCtx};
    LZ4F_preferences_t lz4_preferences_{};
};

}  // namespace baleen::capture
