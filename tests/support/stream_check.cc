#include "tests/support/stream_check.h"

#include <fmt/format.h>

namespace baleen::test {
namespace {

stream::StreamSettings settings_of(StreamCheck::Budget budget, uint64_t depth_bytes) {
    const uint64_t blocks = budget == StreamCheck::Budget::ample ? 2000 : 5;
    const uint64_t of_direction = budget == StreamCheck::Budget::ample ? 1000 : 3;
    return {.contexts_max = 2,
            .buffer_bytes = blocks * stream::block_bytes,
            .buffer_bytes_per_direction = of_direction * stream::block_bytes,
            .depth_bytes = depth_bytes};
}

}  // namespace

StreamCheck::StreamCheck(Budget budget, uint64_t depth_bytes, std::array<uint32_t, 2> isns)
    : budget_(budget),
      isns_(isns),
      reassembler_(std::move(*stream::Reassembler::create(settings_of(budget, depth_bytes)))),
      handle_(reassembler_.acquire()),
      model_(depth_bytes) {
    if (is_exact()) return;
    for (uint32_t side = 0; side < 2; side++)
        give({.direction = side, .flags = packet::tcp::syn, .at = -1, .captured = {}});
}

int64_t StreamCheck::next(uint32_t direction) const {
    return is_exact() ? model_.next(direction)
                      : static_cast<int64_t>(reassembler_.direction(handle_, direction).offset);
}

std::string StreamCheck::take(const StreamSegment& segment) {
    if (!is_exact()) remember_first_copies(segment);
    give(segment);
    model_.take(segment);
    const std::string found = verdict();
    return found.empty() ? found : segment.describe() + "\n" + found;
}

std::string StreamCheck::flush() {
    reassembler_.flush(handle_, [this](const stream::Chunk& chunk) { see(chunk); });
    model_.flush();
    const stream::StreamStats told = stats();
    if (told.blocks_in_use != 0 || told.buffered_bytes != 0) return "blocks are left\n";
    return verdict();
}

void StreamCheck::give(const StreamSegment& segment) {
    flow::Segment given{};
    given.sequence = isns_[segment.direction] + 1 + static_cast<uint32_t>(segment.at);
    given.acknowledgement =
        isns_[1 - segment.direction] + 1 + static_cast<uint32_t>(segment.acknowledged);
    given.payload = segment.wire_bytes;
    given.flags = segment.flags;
    reassembler_.take(
        handle_, segment.direction, given,
        {reinterpret_cast<const uint8_t*>(segment.captured.data()), segment.captured.size()},
        [this](const stream::Chunk& chunk) { see(chunk); });
    offered_ += segment.captured.size();
}

void StreamCheck::see(const stream::Chunk& chunk) {
    uint64_t& end = ends_[chunk.direction];
    if (chunk.bytes.empty() || chunk.offset < end || chunk.after_gap != (chunk.offset > end))
        broken_ += fmt::format("chunk of {} bytes at {} behind {}\n", chunk.bytes.size(),
                               chunk.offset, end);
    std::string& text = texts_[chunk.direction];
    if (chunk.offset > end) text += fmt::format("<{}>", chunk.offset - end);
    text.append(chunk.bytes.begin(), chunk.bytes.end());
    end = chunk.offset + chunk.bytes.size();
    if (is_exact()) return;
    for (size_t i = 0; i < chunk.bytes.size(); i++) {
        const auto found =
            first_copies_[chunk.direction].find(static_cast<int64_t>(chunk.offset + i));
        if (found == first_copies_[chunk.direction].end() ||
            found->second != static_cast<char>(chunk.bytes[i]))
            broken_ += fmt::format("byte {} is not its first copy\n", chunk.offset + i);
    }
}

// A copy that comes when the stream has gone past it is none.
void StreamCheck::remember_first_copies(const StreamSegment& segment) {
    const int64_t from = next(segment.direction);
    if (segment.at > from + (1 << 30) || (segment.flags & packet::tcp::rst) != 0) return;
    for (size_t i = 0; i < segment.captured.size(); i++) {
        const int64_t position = segment.at + static_cast<int64_t>(i);
        if (position >= from)
            first_copies_[segment.direction].emplace(position, segment.captured[i]);
    }
}

std::string StreamCheck::verdict() {
    std::string out = broken_;
    broken_.clear();
    const stream::StreamStats told = stats();
    const uint64_t accounted = told.delivered_bytes + told.repeated_bytes + told.unwanted_bytes +
                               told.refused_bytes + told.discarded_bytes + told.buffered_bytes;
    if (accounted != offered_)
        out += fmt::format("{} bytes offered, {} accounted for\n", offered_, accounted);
    if (!is_exact()) return out;
    for (uint32_t side = 0; side < 2; side++) {
        // What was equal before still is.
        const std::string_view is = std::string_view(texts_[side]).substr(compared_[side]);
        const std::string_view should = std::string_view(model_.text(side)).substr(compared_[side]);
        if (is != should) out += fmt::format("direction {}: '{}', not '{}'\n", side, is, should);
        compared_[side] = texts_[side].size();
        out += model_.difference(side, reassembler_.direction(handle_, side));
    }
    return out + model_.difference(told);
}

}  // namespace baleen::test
