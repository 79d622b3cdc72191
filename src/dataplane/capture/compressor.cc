#include "dataplane/capture/compressor.h"

#include <algorithm>
#include <cstring>

#include "dataplane/capture/aligned_bytes.h"
#include "dataplane/capture/lz4_block.h"
#include "packets/pcapng.h"

namespace baleen::capture {
namespace {

constexpr uint32_t skippable_magic = 0x184d2a50;
constexpr uint32_t skippable_bytes_min = 8;
// Of zstd: a chunk takes some 2 ms. The next levels win a few per cent and take twice as long.
constexpr int zstd_level = 1;

// What `used` bytes become with padding, which is at least so long or nothing.
uint64_t with_padding(uint64_t used, uint64_t padding_min, uint64_t least) {
    uint64_t whole = std::max(aligned(used), least);
    if (whole != used && whole - used < padding_min) whole += packets::chunk_alignment;
    return whole;
}

}  // namespace

Compressor::Compressor(Compression compression) : compression_(compression) {
    if (compression == Compression::zstd) {
        zstd_.reset(ZSTD_createCCtx());
        BALEEN_ASSERT(zstd_ != nullptr);
        ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_compressionLevel, zstd_level);
        ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_checksumFlag, 1);
    }
}

uint64_t Compressor::bound(uint64_t bytes) const {
    if (compression_ == Compression::zstd)
        return aligned(ZSTD_compressBound(bytes) + skippable_bytes_min);
    return aligned(lz4_head.size() + lz4_block_bound(bytes) + lz4_padding_bytes_min +
                   lz4_end_bytes);
}

uint64_t Compressor::compress(std::span<const uint8_t> from, std::span<uint8_t> to, Place place,
                              uint64_t least) {
    return compression_ == Compression::zstd ? compress_zstd(from, to, least)
                                             : compress_lz4(from, to, place, least);
}

uint64_t Compressor::compress_zstd(std::span<const uint8_t> from, std::span<uint8_t> to,
                                   uint64_t least) {
    const size_t used = ZSTD_compress2(zstd_.get(), to.data(), to.size(), from.data(), from.size());
    BALEEN_ASSERT(!ZSTD_isError(used));
    const uint64_t whole = with_padding(used, skippable_bytes_min, least);
    BALEEN_ASSERT(whole <= to.size());
    if (whole == used) return whole;
    uint8_t* padding = packets::put(to.data() + used, skippable_magic);
    padding = packets::put(padding, static_cast<uint32_t>(whole - used - skippable_bytes_min));
    std::fill(padding, to.data() + whole, uint8_t{0});
    return whole;
}

uint64_t Compressor::compress_lz4(std::span<const uint8_t> from, std::span<uint8_t> to, Place place,
                                  uint64_t least) {
    uint64_t used = 0;
    if (place == Place::begin) {
        std::memcpy(to.data(), lz4_head.data(), lz4_head.size());
        used = lz4_head.size();
    }
    if (!from.empty()) used += put_lz4_block(from, to.subspan(used));
    const uint64_t end = place == Place::end ? lz4_end_bytes : 0;
    const uint64_t whole = with_padding(used + end, lz4_padding_bytes_min, least);
    BALEEN_ASSERT(whole <= to.size());
    if (whole != used + end) put_lz4_padding(to.subspan(used, whole - used - end));
    std::fill(to.data() + whole - end, to.data() + whole, uint8_t{0});
    return whole;
}

}  // namespace baleen::capture
