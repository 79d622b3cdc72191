#include "dataplane/protocol/quic_frames.h"

#include "dataplane/protocol/quic_packet.h"

namespace baleen::protocol::quic {
namespace {

// RFC 9000 section 12.4: what an Initial packet may carry, but for CONNECTION_CLOSE, behind which
// nothing matters.
enum FrameType : uint8_t { padding = 0, ping = 1, ack = 2, ack_ecn = 3, crypto = 6 };

// Google's (QUICHE, quic_framer.cc): the highest bits tell streams and acknowledgements.
enum GoogleType : uint8_t { google_ping = 7, google_crypto = 8, google_ack = 0x40, stream = 0x80 };

// Most of a client's first packet is padding.
size_t zeros_in_front(Bytes bytes) {
    size_t count = 0;
    while (bytes.size() - count >= 8 && base::load<uint64_t>(bytes.data() + count) == 0) count += 8;
    while (count < bytes.size() && bytes[count] == 0) count++;
    return count;
}

constexpr uint64_t handshake_stream = 1;

// Widths that two bits of a type stand for.
constexpr size_t ack_widths[] = {1, 2, 4, 6};

}  // namespace

bool HandshakeFrames::next() {
    // Each step takes a byte at least.
    while (!cursor_.at_end()) {
        const Step done = step();
        if (done == Step::found) return true;
        if (done == Step::ended || !cursor_.ok()) return false;
    }
    return false;
}

HandshakeFrames::Step HandshakeFrames::step() {
    const uint8_t type = cursor_.u8();
    if (type == padding) {
        cursor_.skip(zeros_in_front(frames_.subspan(cursor_.position())));
        return Step::passed;
    }
    if (layout_ != Layout::ietf) return step_google(type);
    switch (type) {
        case ping: return Step::passed;
        case ack:
        case ack_ecn: return pass_ack(type == ack_ecn);
        case crypto: return take_crypto();
        default: return Step::ended;
    }
}

HandshakeFrames::Step HandshakeFrames::step_google(uint8_t type) {
    if (type == google_ping) return Step::passed;
    if (type == google_crypto && layout_ == Layout::google) return take_crypto();
    if ((type & stream) != 0) return take_stream(type);
    return (type & google_ack) != 0 ? pass_google_ack(type) : Step::ended;
}

HandshakeFrames::Step HandshakeFrames::take_crypto() {
    offset_ = read_varint(cursor_);
    const uint64_t length = read_varint(cursor_);
    bytes_ = cursor_.take(length);
    return cursor_.ok() ? Step::found : Step::ended;
}

// RFC 9000 section 19.3.
HandshakeFrames::Step HandshakeFrames::pass_ack(bool has_ecn) {
    read_varint(cursor_);  // largest acknowledged
    read_varint(cursor_);  // delay
    uint64_t ranges = read_varint(cursor_);
    read_varint(cursor_);
    for (; ranges > 0 && cursor_.ok(); ranges--) {
        read_varint(cursor_);
        read_varint(cursor_);
    }
    for (uint32_t i = 0; has_ecn && i < 3; i++) read_varint(cursor_);
    return Step::passed;
}

// 01ntllmm: blocks or not, width of the largest one acknowledged, width of the blocks.
HandshakeFrames::Step HandshakeFrames::pass_google_ack(uint8_t type) {
    constexpr uint8_t has_blocks = 0x20;
    const size_t width = ack_widths[type & 3];
    cursor_.skip(ack_widths[type >> 2 & 3] + 2);  // and the delay
    const size_t blocks = (type & has_blocks) != 0 ? cursor_.u8() : 0;
    cursor_.skip(width + blocks * (1 + width));
    const size_t times = cursor_.u8();
    if (times > 0) cursor_.skip(5 + (times - 1) * 3);
    return Step::passed;
}

// 1fdoooss: it ends, it says how long it is, widths of offset and stream.
HandshakeFrames::Step HandshakeFrames::take_stream(uint8_t type) {
    constexpr uint8_t has_length = 0x20;
    const uint32_t offset_bits = type >> 2 & 7u;
    const uint64_t id = integer((type & 3u) + 1);
    offset_ = integer(offset_bits == 0 ? 0 : offset_bits + 1);
    bytes_ = cursor_.take((type & has_length) != 0 ? integer(2) : cursor_.left());
    if (!cursor_.ok()) return Step::ended;
    return id == handshake_stream ? Step::found : Step::passed;
}

uint64_t HandshakeFrames::integer(size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        const uint64_t byte = cursor_.u8();
        value = is_little_endian_ ? value | byte << 8 * i : value << 8 | byte;
    }
    return value;
}

}  // namespace baleen::protocol::quic
