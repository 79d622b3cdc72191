#include "packets/frame.h"

#include <lz4.h>

#include "base/byte_reader.h"

namespace baleen::packets {
namespace {

constexpr uint32_t zstd_magic = 0xfd2fb528;
constexpr uint32_t lz4_magic = 0x184d2204;
constexpr uint32_t skippable_magic = 0x184d2a50;  // and 15 more
constexpr size_t skippable_head_bytes = 8;

// Of an LZ4 frame whose descriptor says nothing but how large blocks are, and that they are
// independent.
constexpr size_t lz4_head_bytes = 7;
constexpr uint8_t lz4_flags = 0x60;
constexpr uint32_t lz4_stored = 1u << 31;  // in a block's length: it is not compressed

uint32_t word_of(base::Bytes bytes) {
    return bytes.size() < 4 ? 0 : base::load<uint32_t>(bytes.data());
}

std::optional<size_t> skip(base::Bytes stored) {
    if (stored.size() < skippable_head_bytes) return std::nullopt;
    const uint64_t bytes = skippable_head_bytes + base::load<uint32_t>(stored.data() + 4);
    return bytes <= stored.size() ? std::optional<size_t>(bytes) : std::nullopt;
}

}  // namespace

Encoding encoding_of(base::Bytes bytes) {
    switch (word_of(bytes)) {
        case zstd_magic: return Encoding::zstd;
        case lz4_magic: return Encoding::lz4;
        default: return Encoding::plain;
    }
}

FrameReader::FrameReader(Encoding encoding)
    : encoding_(encoding),
      zstd_(encoding == Encoding::zstd ? ZSTD_createDCtx() : nullptr, ZSTD_freeDCtx) {}

std::optional<size_t> FrameReader::read(base::Bytes stored, std::vector<uint8_t>& out) {
    is_end_ = false;
    switch (encoding_) {
        case Encoding::zstd: return zstd_ ? read_zstd(stored, out) : std::nullopt;
        case Encoding::lz4: return read_lz4(stored, out);
        case Encoding::plain: return std::nullopt;
    }
    return std::nullopt;
}

std::optional<size_t> FrameReader::read_zstd(base::Bytes stored, std::vector<uint8_t>& out) {
    if ((word_of(stored) & ~0xfu) == skippable_magic) return skip(stored);
    const size_t frame_bytes = ZSTD_findFrameCompressedSize(stored.data(), stored.size());
    if (ZSTD_isError(frame_bytes)) return std::nullopt;
    const size_t before = out.size();
    out.resize(before + frame_plain_bytes_max);
    const size_t got = ZSTD_decompressDCtx(zstd_.get(), out.data() + before, frame_plain_bytes_max,
                                           stored.data(), frame_bytes);
    out.resize(ZSTD_isError(got) ? before : before + got);
    if (ZSTD_isError(got)) return std::nullopt;
    return frame_bytes;
}

std::optional<size_t> FrameReader::read_lz4(base::Bytes stored, std::vector<uint8_t>& out) {
    base::Cursor cursor(stored);
    if (word_of(stored) == lz4_magic) {
        if (stored.size() < lz4_head_bytes || stored[4] != lz4_flags) return std::nullopt;
        cursor.skip(lz4_head_bytes);
    }
    const uint32_t length = cursor.le32();
    if (!cursor.ok()) return std::nullopt;
    is_end_ = length == 0;
    const base::Bytes block = cursor.take(length & ~lz4_stored);
    if (!cursor.ok()) return std::nullopt;
    if ((length & lz4_stored) != 0) {
        if (block.size() > frame_plain_bytes_max) return std::nullopt;
        out.insert(out.end(), block.begin(), block.end());
    } else if (!is_end_) {
        const size_t before = out.size();
        out.resize(before + frame_plain_bytes_max);
        const int got = LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()),
                                            reinterpret_cast<char*>(out.data() + before),
                                            static_cast<int>(block.size()),
                                            static_cast<int>(frame_plain_bytes_max));
        out.resize(before + static_cast<size_t>(got < 0 ? 0 : got));
        if (got < 0) return std::nullopt;
    }
    return cursor.position();
}

}  // namespace baleen::packets
