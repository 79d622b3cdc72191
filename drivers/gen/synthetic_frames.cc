#include "drivers/gen/synthetic_frames.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "drivers/gen/flow_numbers.h"
#include "drivers/gen/rate.h"
#include "packet/ip.h"

namespace baleen::gen {
namespace {

void store16(uint8_t* at, uint16_t value) { std::memcpy(at, &value, sizeof value); }
void store32(uint8_t* at, uint32_t value) { std::memcpy(at, &value, sizeof value); }

// The halves of a word as a ones' complement sum has them (RFC 1071 section 2: any byte order).
uint32_t halves(uint32_t value) { return (value >> 16) + (value & 0xffff); }

uint16_t checksum(uint32_t sum) {
    sum = halves(sum);
    return static_cast<uint16_t>(~halves(sum));
}

}  // namespace

SyntheticFrames::SyntheticFrames(const SyntheticOptions& options)
    : mix_(options.mix),
      templates_(options.mix, options.payload, options.seed),
      seed_(options.seed),
      share_(options.share),
      share_count_(options.share_count),
      slots_(options.flows) {
    BALEEN_ASSERT(options.flows > 0 && options.share < options.share_count);
    length_max_ = *std::max_element(mix_.sizes.begin(), mix_.sizes.end()) - frame_check_bytes;
    begin_flows(options.flows);
}

void SyntheticFrames::begin_flows(uint64_t count) {
    for (; count > 0; count--) {
        slots_[oldest_slot_] = {static_cast<uint32_t>(ordinals_used_++), 0};
        oldest_slot_ = oldest_slot_ + 1 == slots_.size() ? 0 : oldest_slot_ + 1;
    }
}

uint32_t SyntheticFrames::next(uint8_t* room) {
    Slot& slot = slots_[next_slot_];
    const bool is_tcp = slot.ordinal % 2 == 1;
    const FrameTemplate& from = templates_.get(mix_.order[order_at_], is_tcp, frames_);
    std::memcpy(room, from.bytes.data(), from.bytes.size());
    const FlowTuple tuple = tuple_of(slot.ordinal * share_count_ + share_, is_tcp, seed_);
    const uint32_t src = __builtin_bswap32(tuple.src), dst = __builtin_bswap32(tuple.dst);
    const uint32_t ports = __builtin_bswap32(uint32_t{tuple.src_port} << 16 | tuple.dst_port);
    store32(room + at::src, src);
    store32(room + at::dst, dst);
    store32(room + at::transport, ports);
    const uint32_t addresses = halves(src) + halves(dst);
    store16(room + at::ip_checksum, checksum(from.ip_sum + addresses));
    uint32_t sum = from.transport_sum + addresses + halves(ports);
    if (is_tcp) {
        // RFC 9293 section 3.1: data offset 5 words, then the flags.
        const bool is_first = slot.sequence == 0;
        const uint16_t flags = __builtin_bswap16(
            static_cast<uint16_t>(0x5000 | (is_first ? packet::tcp::syn : packet::tcp::ack)));
        if (is_first) slot.sequence = 1;
        const uint32_t sequence = __builtin_bswap32(slot.sequence);
        store32(room + at::tcp_sequence, sequence);
        store16(room + at::tcp_flags, flags);
        store16(room + at::tcp_checksum, checksum(sum + halves(sequence) + flags));
        slot.sequence += from.payload_bytes + (is_first ? 1 : 0);  // the SYN counts as a byte
    } else {
        const uint16_t udp = checksum(sum);
        store16(room + at::udp_checksum, udp == 0 ? uint16_t{0xffff} : udp);  // RFC 768: 0 is none
    }
    frames_++;
    order_at_ = order_at_ + 1 == mix_.order.size() ? 0 : order_at_ + 1;
    if (++next_slot_ == slots_.size()) {
        next_slot_ = 0;
        // So that a flow has not always the same size where their number is a multiple of the
        // round's.
        rounds_++;
        order_at_ = static_cast<uint32_t>(rounds_ % mix_.order.size());
    }
    return static_cast<uint32_t>(from.bytes.size());
}

}  // namespace baleen::gen
