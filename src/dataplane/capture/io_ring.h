// Writes that go on while their writer does something else: io_uring, or plain system calls where
// the kernel refuses it (containers, kernel.io_uring_disabled). Those are over when they return.
//
// Must hold: one thread; what is written, and the list of its parts, stays until it is completed.
#pragma once

#include <liburing.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <span>

namespace baleen::capture {

class IoRing {
public:
    struct Completion {
        void* token;
        int64_t result;  // bytes, or a negated errno
    };

    explicit IoRing(bool may_use_io_uring);
    ~IoRing();
    IoRing(const IoRing&) = delete;
    IoRing& operator=(const IoRing&) = delete;

    // The errno that io_uring was refused with; 0: it is used, or was not wanted.
    int refusal() const { return refusal_; }

    void write(int fd, std::span<const iovec> parts, uint64_t offset, void* token);
    void sync_data(int fd, void* token);
    bool take(Completion& out);
    // Until something completes, at most so long.
    void wait(std::chrono::microseconds longest);

private:
    io_uring_sqe* next_entry();
    void submit(io_uring_sqe* entry, void* token);

    // Of 128 link types at most two writes and one sync each.
    static constexpr uint32_t entries_max = 512;

    io_uring ring_{};
    bool is_open_ = false;
    bool is_bound_ = false;
    int refusal_ = 0;
    std::deque<Completion> completed_;  // without io_uring
};

}  // namespace baleen::capture
