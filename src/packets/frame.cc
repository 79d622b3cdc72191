#include "packets/frame.h"

#include <lz4frame.h>

#include "base/byte_reader.h"

namespace baleen::packets {
namespace {

constexpr uint32_t zstd_magic = 0xfd2fb528;
constexpr uint32_t lz4_magic = 0x184d2204;
constexpr uint32_t skippable_magic = 0x184d2a50;  // and 15 more
constexpr size_t skippable_head_bytes = 8;

uint32_t magic_of(base::Bytes bytes) {
    return bytes.size() < 4 ? 0 : base::load<uint32_t>(bytes.data());
}

}  // namespace

Encoding encoding_of(base::Bytes bytes) {
    switch (magic_of(bytes)) {
        case zstd_magic: return Encoding::zstd;
        case lz4_magic: return Encoding::lz4;
        default: return Encoding::plain;
    }
}

bool is_skippable_frame(base::Bytes bytes) { return (magic_of(bytes) & ~0xfu) == skippable_magic; }

void FrameReader::FreeLz4::operator()(LZ4F_dctx_s* context) const {
    LZ4F_freeDecompressionContext(context);
}

FrameReader::FrameReader() : zstd_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    LZ4F_dctx* context = nullptr;
    if (!LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) lz4_.reset(context);
}

std::optional<size_t> FrameReader::read(base::Bytes stored, std::vector<uint8_t>& out) {
    if (is_skippable_frame(stored)) {
        if (stored.size() < skippable_head_bytes) return std::nullopt;
        const uint64_t bytes = skippable_head_bytes + base::load<uint32_t>(stored.data() + 4);
        return bytes <= stored.size() ? std::optional<size_t>(bytes) : std::nullopt;
    }
    switch (encoding_of(stored)) {
        case Encoding::zstd: return zstd_ ? read_zstd(stored, out) : std::nullopt;
        case Encoding::lz4: return lz4_ ? read_lz4(stored, out) : std::nullopt;
        case Encoding::plain: return std::nullopt;
    }
    return std::nullopt;
}

std::optional<size_t> FrameReader::read_zstd(base::Bytes stored, std::vector<uint8_t>& out) {
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
    LZ4F_resetDecompressionContext(lz4_.get());
    const size_t before = out.size();
    out.resize(before + frame_plain_bytes_max);
    size_t made = 0;
    size_t used = 0;
    size_t hint = 1;
    while (hint != 0) {
        size_t to_bytes = frame_plain_bytes_max - made;
        size_t from_bytes = stored.size() - used;
        hint = LZ4F_decompress(lz4_.get(), out.data() + before + made, &to_bytes,
                               stored.data() + used, &from_bytes, nullptr);
        const bool stuck = to_bytes == 0 && from_bytes == 0;
        if (LZ4F_isError(hint) || (hint != 0 && stuck)) {
            out.resize(before);
            return std::nullopt;
        }
        made += to_bytes;
        used += from_bytes;
    }
    out.resize(before + made);
    return used;
}

}  // namespace baleen::packets
