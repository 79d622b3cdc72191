#include "dataplane/capture/io_ring.h"

#include <sched.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/assert.h"

namespace baleen::capture {

IoRing::IoRing(bool may_use_io_uring) {
    if (!may_use_io_uring) return;
    const int status = io_uring_queue_init(entries_max, &ring_, 0);
    is_open_ = status == 0;
    refusal_ = -status;
}

IoRing::~IoRing() {
    if (is_open_) io_uring_queue_exit(&ring_);
}

io_uring_sqe* IoRing::next_entry() {
    if (!is_bound_) {
        // The kernel's threads that do the work would run on any core, those of workers as well.
        cpu_set_t own;
        if (::sched_getaffinity(0, sizeof own, &own) == 0)
            io_uring_register_iowq_aff(&ring_, sizeof own, &own);
        is_bound_ = true;
    }
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    BALEEN_ASSERT(entry != nullptr);
    return entry;
}

void IoRing::submit(io_uring_sqe* entry, void* token) {
    // Left to a kernel thread at once: a file that grows is one that would block here, and a frozen
    // filesystem does (kernels before 6.12).
    io_uring_sqe_set_flags(entry, IOSQE_ASYNC);
    io_uring_sqe_set_data(entry, token);
    io_uring_submit(&ring_);
}

void IoRing::write(int fd, std::span<const iovec> parts, uint64_t offset, void* token) {
    const auto count = static_cast<int>(parts.size());
    if (!is_open_) {
        const ssize_t result = ::pwritev(fd, parts.data(), count, static_cast<off_t>(offset));
        completed_.push_back({token, result < 0 ? -errno : result});
        return;
    }
    io_uring_sqe* entry = next_entry();
    io_uring_prep_writev(entry, fd, parts.data(), static_cast<unsigned>(count), offset);
    submit(entry, token);
}

void IoRing::sync_data(int fd, void* token) {
    if (!is_open_) {
        completed_.push_back({token, ::fdatasync(fd) != 0 ? -errno : 0});
        return;
    }
    io_uring_sqe* entry = next_entry();
    io_uring_prep_fsync(entry, fd, IORING_FSYNC_DATASYNC);
    submit(entry, token);
}

bool IoRing::take(Completion& out) {
    if (!is_open_) {
        if (completed_.empty()) return false;
        out = completed_.front();
        completed_.pop_front();
        return true;
    }
    // What the kernel had no memory for when it was handed over.
    if (io_uring_sq_ready(&ring_) != 0) io_uring_submit(&ring_);
    io_uring_cqe* entry = nullptr;
    if (io_uring_peek_cqe(&ring_, &entry) != 0) return false;
    out = {io_uring_cqe_get_data(entry), entry->res};
    io_uring_cqe_seen(&ring_, entry);
    return true;
}

void IoRing::wait(std::chrono::microseconds longest) {
    if (!is_open_) {
        if (completed_.empty()) std::this_thread::sleep_for(longest);
        return;
    }
    __kernel_timespec time{.tv_sec = longest.count() / 1'000'000,
                           .tv_nsec = longest.count() % 1'000'000 * 1000};
    io_uring_cqe* entry = nullptr;
    io_uring_wait_cqe_timeout(&ring_, &entry, &time);
}

}  // namespace baleen::capture
