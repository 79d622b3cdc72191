// The handshake's bytes, which come in pieces, in any order and more than once: over frames,
// packets and datagrams (RFC 9000 section 19.6).
//
// A direction's pieces are kept as they come, each behind its place and length, and laid out anew
// when another comes: most hellos are whole with their first datagram, and keep nothing.
// Must hold: only what fills a hole is kept, so no repetition costs memory.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/protocol/cursor.h"
#include "dataplane/stream/kept_bytes.h"

namespace baleen::protocol::quic {

// A hello with the largest key shares in use has two or three kilobytes; endpoints need not take
// more than four ahead (RFC 9000 section 7.5).
inline constexpr size_t stream_bytes_max = 16 * 1024;

// Where pieces are laid out; one for a worker.
class StreamLayout {
public:
    void clear();
    // How many of the bytes were not there before. Of two that differ the later one counts.
    size_t put(uint64_t offset, Bytes bytes);
    // All from there on, up to the first hole.
    Bytes front(size_t from) const;

private:
    std::array<uint8_t, stream_bytes_max> bytes_;
    std::array<uint64_t, stream_bytes_max / 64> is_there_{};  // bits
    size_t end_ = 0;                                          // no byte is there from here on
};

// Pieces of one direction, from datagram to datagram.
struct KeptPieces {
    stream::Kept kept;

    void lay_out(stream::KeptBytes& memory, StreamLayout& layout) const;
    // False: there is no room for it.
    bool add(stream::KeptBytes& memory, uint64_t offset, Bytes bytes);
};

}  // namespace baleen::protocol::quic
