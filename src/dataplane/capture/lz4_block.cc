#include "dataplane/capture/lz4_block.h"

#include <lz4.h>

#include <vector>

#include "base/assert.h"
#include "packets/pcapng.h"

namespace baleen::capture {
namespace {

using packets::put;

// In a block's length: it is not compressed.
constexpr uint32_t stored = 1u << 31;
constexpr uint64_t length_bytes = 4;

uint8_t* put_bytes(uint8_t* to, std::span<const uint8_t> bytes) {
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    return to + bytes.size();
}

// A compressed block of literals only: a token with their number in its upper four bits, and bytes
// that go on from 15.
uint8_t* put_literals(uint8_t* to, std::span<const uint8_t> bytes) {
    uint8_t* const begin = to + length_bytes;
    uint8_t* at = put(begin, static_cast<uint8_t>(bytes.size() < 15 ? bytes.size() << 4 : 0xf0));
    if (bytes.size() >= 15) {
        size_t rest = bytes.size() - 15;
        for (; rest >= 255; rest -= 255) at = put(at, uint8_t{255});
        at = put(at, static_cast<uint8_t>(rest));
    }
    at = put_bytes(at, bytes);
    put(to, static_cast<uint32_t>(at - begin));
    return at;
}

uint8_t* put_stored(uint8_t* to, std::span<const uint8_t> bytes) {
    return put_bytes(put(to, static_cast<uint32_t>(bytes.size()) | stored), bytes);
}

}  // namespace

uint64_t lz4_block_bound(uint64_t bytes) {
    return length_bytes + static_cast<uint64_t>(LZ4_compressBound(static_cast<int>(bytes)));
}

uint64_t put_lz4_block(std::span<const uint8_t> from, std::span<uint8_t> to) {
    const int bytes =
        LZ4_compress_default(reinterpret_cast<const char*>(from.data()),
                             reinterpret_cast<char*>(to.data() + length_bytes),
                             static_cast<int>(from.size()), static_cast<int>(from.size()));
    if (bytes <= 0) return static_cast<uint64_t>(put_stored(to.data(), from) - to.data());
    put(to.data(), static_cast<uint32_t>(bytes));
    return length_bytes + static_cast<uint64_t>(bytes);
}

// The content is a multiple of 4 bytes long, and so is a block that stores it. So many literals in
// a block of their own, which take so many bytes, make up for the rest.
void put_lz4_padding(std::span<uint8_t> to) {
    struct Literals {
        uint32_t count;
        uint32_t taken;
    };
    constexpr std::array<Literals, 4> by_rest = {{{0, 0}, {4, 9}, {16, 22}, {272, 279}}};
    BALEEN_ASSERT(to.size() >= lz4_padding_bytes_min);
    const auto [count, taken] = by_rest[to.size() % 4];
    std::vector<uint8_t> block(to.size() - length_bytes - taken + count);
    packets::put_padding(block.data(), static_cast<uint32_t>(block.size()));
    const std::span<const uint8_t> content(block);
    uint8_t* at = to.data();
    if (count != 0) at = put_literals(at, content.first(count));
    at = put_stored(at, content.subspan(count));
    BALEEN_ASSERT(at == to.data() + to.size());
}

}  // namespace baleen::capture
