#include "dataplane/protocol/quic_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace baleen::protocol::quic {
namespace {

struct PieceHead {
    uint16_t offset;
    uint16_t bytes;
};
static_assert(stream_bytes_max <= UINT16_MAX);

// As many as can be of use; duplicates within a datagram make a few more than the stream has.
constexpr uint32_t kept_bytes_max = 2 * stream_bytes_max;

}  // namespace

void StreamLayout::clear() {
    std::fill_n(is_there_.begin(), (end_ + 63) / 64, 0);
    end_ = 0;
}

size_t StreamLayout::put(uint64_t offset, Bytes bytes) {
    if (offset >= stream_bytes_max || bytes.empty()) return 0;
    bytes = bytes.first(std::min<size_t>(bytes.size(), stream_bytes_max - offset));
    std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
    size_t fresh = 0;
    const size_t end = offset + bytes.size();
    for (size_t at = offset; at < end;) {
        const size_t bit = at % 64, count = std::min(end - at, 64 - bit);
        const uint64_t ones = count == 64 ? UINT64_MAX : (uint64_t{1} << count) - 1;
        uint64_t& word = is_there_[at / 64];
        fresh += static_cast<size_t>(std::popcount(~word & ones << bit));
        word |= ones << bit;
        at += count;
    }
    end_ = std::max(end_, end);
    return fresh;
}

Bytes StreamLayout::front(size_t from) const {
    size_t end = std::min(from, end_);
    while (end < end_) {
        const size_t bit = end % 64;
        const auto ones = static_cast<size_t>(std::countr_one(is_there_[end / 64] >> bit));
        end += ones;
        if (ones < 64 - bit) break;
    }
    return Bytes(bytes_).subspan(std::min(from, end), end - std::min(from, end));
}

void KeptPieces::lay_out(stream::KeptBytes& memory, StreamLayout& layout) const {
    Bytes rest = memory.whole(kept);
    PieceHead head;
    while (rest.size() >= sizeof head) {
        std::memcpy(&head, rest.data(), sizeof head);
        layout.put(head.offset, rest.subspan(sizeof head, head.bytes));
        rest = rest.subspan(sizeof head + head.bytes);
    }
}

bool KeptPieces::add(stream::KeptBytes& memory, uint64_t offset, Bytes bytes) {
    if (offset >= stream_bytes_max) return true;
    bytes = bytes.first(std::min<size_t>(bytes.size(), stream_bytes_max - offset));
    const PieceHead head{static_cast<uint16_t>(offset), static_cast<uint16_t>(bytes.size())};
    if (kept.bytes + sizeof head + bytes.size() > kept_bytes_max) return false;
    return memory.append(kept, {reinterpret_cast<const uint8_t*>(&head), sizeof head}) &&
           memory.append(kept, bytes);
}

}  // namespace baleen::protocol::quic
