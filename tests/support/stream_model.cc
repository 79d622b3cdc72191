#include "tests/support/stream_model.h"

#include <fmt/format.h>

#include "packet/ip.h"

namespace baleen::test {

using namespace stream;
namespace tcp = packet::tcp;

namespace {

constexpr int64_t window = int64_t{1} << 30;

bool is_outside(int64_t from, int64_t to) { return to - from > window || from - to > window; }

}  // namespace

std::string StreamSegment::describe() const {
    return fmt::format("direction {} flags {:#x} at {} ack {} captured '{}' of {}", direction,
                       flags, at, acknowledged, captured, wire_bytes);
}

void StreamModel::take(const StreamSegment& segment) {
    Side& own = sides_[segment.direction];
    Side& other = sides_[1 - segment.direction];
    const uint64_t bytes = segment.captured.size();
    if ((segment.flags & tcp::rst) != 0) {
        stats_.refused_bytes += bytes;
        return;
    }
    if ((segment.flags & tcp::ack) != 0)
        while (!other.buffered.empty() && other.buffered.begin()->first <= segment.acknowledged &&
               !is_outside(other.next, segment.acknowledged))
            skip(other, other.buffered.begin()->first);
    if (own.has(closed)) {
        stats_.unwanted_bytes += bytes;
        return;
    }
    int64_t at = segment.at;
    if ((segment.flags & tcp::syn) != 0) {
        at++;
        if (own.is_fresh()) {
            own.begin = own.next = at;
            own.flags = sequence_known;
            own.fin.reset();
        } else if (own.begin == at) {
            own.flags &= static_cast<uint16_t>(~midstream);
        } else {
            stats_.refused_bytes += bytes;
            return;
        }
    }
    if (segment.wire_bytes > 0) {
        if (!begin(own, at)) {
            stats_.refused_bytes += bytes;
            return;
        }
        take_bytes(own, at, segment);
    }
    if ((segment.flags & tcp::fin) == 0 || !own.has(sequence_known)) return;
    own.fin = at + segment.wire_bytes;
    own.flags |= fin_known;
}

// Where a side without SYN begins. False: too far away.
bool StreamModel::begin(Side& side, int64_t at) {
    if (side.has(sequence_known)) return !is_outside(side.next, at);
    side.begin = side.next = at;
    side.flags = sequence_known | midstream;
    return true;
}

void StreamModel::take_bytes(Side& side, int64_t at, const StreamSegment& segment) {
    const int64_t next = side.next, end = limit(side);
    uint64_t old = 0, again = 0, fresh = 0;
    bool differs = false;
    int64_t position = at - 1;
    for (const char byte : segment.captured) {
        position++;
        if (position < next) old++;
        else if (position >= end) stats_.unwanted_bytes++;
        else if (const auto [found, is_new] = side.buffered.emplace(position, byte); is_new)
            fresh++;
        else again++, differs = differs || found->second != byte;
    }
    stats_.repeated_bytes += old + again;
    stats_.overlap_conflicts += differs ? 1 : 0;
    if (fresh > 0)
        (side.buffered.count(next) > 0 ? stats_.segments_in_order : stats_.segments_out_of_order)++;
    else if (again > 0 || (old > 0 && old == segment.captured.size())) stats_.segments_repeated++;
    drain(side);
    const int64_t captured_end = at + static_cast<int64_t>(segment.captured.size());
    const int64_t wire_end = at + segment.wire_bytes;
    while (!side.has(closed) && captured_end <= side.next && side.next < wire_end)
        skip(side,
             side.buffered.empty() ? wire_end : std::min(wire_end, side.buffered.begin()->first));
}

int64_t StreamModel::limit(const Side& side) const {
    return depth_bytes_ > uint64_t{1} << 62 ? INT64_MAX
                                            : side.begin + static_cast<int64_t>(depth_bytes_);
}

void StreamModel::drain(Side& side) {
    while (!side.has(closed) && !side.buffered.empty() &&
           side.buffered.begin()->first == side.next) {
        if (side.pending_gap > 0) side.text += fmt::format("<{}>", side.pending_gap);
        side.pending_gap = 0;
        side.text += side.buffered.begin()->second;
        side.buffered.erase(side.buffered.begin());
        side.next++;
        stats_.delivered_bytes++;
        settle(side);
    }
}

void StreamModel::skip(Side& side, int64_t to) {
    const auto missing = static_cast<uint64_t>(std::min(to, limit(side)) - side.next);
    if (side.pending_gap == 0) side.gaps++, stats_.gaps++;
    side.pending_gap += missing;
    side.gap_bytes += missing;
    stats_.gap_bytes += missing;
    side.next += static_cast<int64_t>(missing);
    settle(side);
    drain(side);
}

void StreamModel::settle(Side& side) {
    if (side.next != limit(side)) return;
    stats_.depths_reached++;
    side.flags |= depth_reached;
}

void StreamModel::flush() {
    for (Side& side : sides_) {
        while (!side.buffered.empty()) skip(side, side.buffered.begin()->first);
        if (!side.has(closed)) side.flags |= flushed;
    }
}

std::string StreamModel::difference(uint32_t direction, const Direction& told) const {
    const Side& side = sides_[direction];
    std::string out;
    const auto compare = [&](const char* name, uint64_t is, uint64_t should) {
        if (is != should)
            out += fmt::format("direction {}: {} is {}, not {}\n", direction, name, is, should);
    };
    compare("offset", told.offset, static_cast<uint64_t>(side.next - side.begin));
    compare("gaps", told.gaps, std::min<uint64_t>(side.gaps, UINT16_MAX));
    compare("gap_bytes", told.gap_bytes, std::min<uint64_t>(side.gap_bytes, UINT32_MAX));
    compare("is_complete", told.is_complete(), side.fin == side.next);
    compare("flags", told.flags & ~gap_before, side.flags);
    compare("gap_before", told.has(gap_before), side.pending_gap > 0);
    return out;
}

std::string StreamModel::difference(const StreamStats& told) const {
    uint64_t buffered = 0;
    for (const Side& side : sides_) buffered += side.buffered.size();
    std::string out;
    const auto compare = [&](const char* name, uint64_t is, uint64_t should) {
        if (is != should) out += fmt::format("{} is {}, not {}\n", name, is, should);
    };
    compare("segments_in_order", told.segments_in_order, stats_.segments_in_order);
    compare("segments_out_of_order", told.segments_out_of_order, stats_.segments_out_of_order);
    compare("segments_repeated", told.segments_repeated, stats_.segments_repeated);
    compare("delivered_bytes", told.delivered_bytes, stats_.delivered_bytes);
    compare("repeated_bytes", told.repeated_bytes, stats_.repeated_bytes);
    compare("unwanted_bytes", told.unwanted_bytes, stats_.unwanted_bytes);
    compare("discarded_bytes", told.discarded_bytes, 0);
    compare("refused_bytes", told.refused_bytes, stats_.refused_bytes);
    compare("buffered_bytes", told.buffered_bytes, buffered);
    compare("overlap_conflicts", told.overlap_conflicts, stats_.overlap_conflicts);
    compare("gaps", told.gaps, stats_.gaps);
    compare("gap_bytes", told.gap_bytes, stats_.gap_bytes);
    compare("forced_gaps", told.forced_gaps, 0);
    compare("depths_reached", told.depths_reached, stats_.depths_reached);
    return out;
}

}  // namespace baleen::test
