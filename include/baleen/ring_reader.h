// The reading end of a ring, for the control process and for anybody else who is handed the memfd.
// Needs nothing of DPDK.
//
// Usage: attach(socket), or open(fd) for a memfd had otherwise; then again and again next() until
// it yields no frame, keep what the frames say, and release() once it is safe. A reader that dies
// between the two sees the frames again: tell them apart by (run_id, worker, sequence).
//
// Must hold: every byte of the segment is another process's to overwrite. Lengths, types and
// positions are checked on a private copy before they are used; a ring that makes no sense is given
// up with a reason, after what was whole before has been delivered.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "baleen/ring.h"

namespace baleen::ring {

struct Frame {
    FrameHeader header;      // a copy
    const uint8_t* payload;  // header.payload_bytes bytes in the ring, valid until release()
};

class Reader {
public:
    // Takes no ownership of `fd`, which may be closed afterwards. On failure the reader is not open
    // and problem() says why.
    static Reader open(int fd);

    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    bool is_open() const;
    uint64_t run_id() const;
    uint32_t worker() const;

    // The next frame, if there is one.
    bool next(Frame& frame);

    // Frees what next() has yielded so far; `consumed` frames of it were kept.
    void release(uint64_t consumed_frames);

    // Steps back to what has been released: next() yields the rest again.
    void rewind();

    // The writer has said that nothing follows, and everything was yielded.
    bool at_end() const;

    void set_state(ReaderState state);

    // Frames that the writer made but next() never saw, by gaps in the sequence.
    uint64_t missed_frames() const;
    uint64_t consumed_frames() const;  // by all readers of this ring so far
    uint64_t written_frames() const;
    uint64_t bytes_waiting() const;
    // Why the ring was given up; empty while all is well.
    const std::string& problem() const;

private:
    struct State;
    explicit Reader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// The readers of all workers' rings of the data plane that listens on `socket` (run.socket of its
// configuration). A ring has one reader at a time: this takes the place of the control process.
// Empty when there is no data plane or it refuses; `problem` says why.
std::vector<Reader> attach(const std::string& socket, std::string& problem);

}  // namespace baleen::ring
