// The frames of a packet that carry the handshake: CRYPTO (RFC 9000 section 19.6), and Google's
// own before there was one.
#pragma once

#include <cstdint>

#include "dataplane/protocol/cursor.h"
#include "dataplane/protocol/quic_version.h"

namespace baleen::protocol::quic {

// One after the other; what an Initial packet may not have ends them.
class HandshakeFrames {
public:
    // `is_little_endian`: Google's up to Q038.
    HandshakeFrames(Bytes frames, Layout layout, bool is_little_endian)
        : frames_(frames), cursor_(frames), layout_(layout), is_little_endian_(is_little_endian) {}

    bool next();
    uint64_t offset() const { return offset_; }
    Bytes bytes() const { return bytes_; }

private:
    enum class Step : uint8_t { found, passed, ended };
    Step step();
    Step step_google(uint8_t type);
    Step take_crypto();
    Step pass_ack(bool has_ecn);
    Step pass_google_ack(uint8_t type);
    Step take_stream(uint8_t type);
    uint64_t integer(size_t bytes);

    Bytes frames_;
    Cursor cursor_;
    Layout layout_;
    bool is_little_endian_;
    uint64_t offset_ = 0;
    Bytes bytes_;
};

}  // namespace baleen::protocol::quic
