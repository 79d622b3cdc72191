#include "dataplane/capture/compressor.h"

#include <algorithm>

#include "dataplane/capture/aligned_bytes.h"
#include "packets/pcapng.h"

namespace baleen::capture {
namespace {

constexpr uint32_t skippable_magic = 0x184d2a50;
constexpr uint32_t skippable_bytes_min = 8;
// Of zstd: a chunk takes some 2 ms. The next levels win a few per cent and take twice as long.
constexpr int zstd_level = 1;

}  // namespace

Compressor::Compressor(Compression compression) : compression_(compression) {
    if (compression == Compression::zstd) {
        zstd_.reset(ZSTD_createCCtx());
        BALEEN_ASSERT(zstd_ != nullptr);
        ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_compressionLevel, zstd_level);
        ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_checksumFlag, 1);
    }
    if (compression == Compression::lz4) {
        lz4_preferences_.frameInfo.blockSizeID = LZ4F_max1MB;
        lz4_preferences_.frameInfo.blockMode = LZ4F_blockIndependent;
        lz4_preferences_.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    }
}

uint64_t Compressor::bound(uint64_t bytes) const {
    const uint64_t frame = compression_ == Compression::zstd
                               ? ZSTD_compressBound(bytes)
                               : LZ4F_compressFrameBound(bytes, &lz4_preferences_);
    return aligned(frame + skippable_bytes_min);
}

uint64_t Compressor::frame(std::span<const uint8_t> from, std::span<uint8_t> to) {
    if (compression_ == Compression::zstd) {
        const size_t bytes =
            ZSTD_compress2(zstd_.get(), to.data(), to.size(), from.data(), from.size());
        BALEEN_ASSERT(!ZSTD_isError(bytes));
        return bytes;
    }
    lz4_preferences_.frameInfo.contentSize = from.size();
    const size_t bytes =
        LZ4F_compressFrame(to.data(), to.size(), from.data(), from.size(), &lz4_preferences_);
    BALEEN_ASSERT(!LZ4F_isError(bytes));
    return bytes;
}

uint64_t Compressor::compress(std::span<const uint8_t> from, std::span<uint8_t> to,
                              uint64_t least) {
    const uint64_t used = frame(from, to);
    uint64_t whole = std::max(aligned(used), least);
    if (whole != used && whole - used < skippable_bytes_min) whole += packets::chunk_alignment;
    BALEEN_ASSERT(whole <= to.size());
    if (whole == used) return whole;
    uint8_t* padding = packets::put(to.data() + used, skippable_magic);
    padding = packets::put(padding, static_cast<uint32_t>(whole - used - skippable_bytes_min));
    std::fill(padding, to.data() + whole, uint8_t{0});
    return whole;
}

}  // namespace baleen::capture
