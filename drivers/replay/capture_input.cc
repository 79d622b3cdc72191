#include "drivers/replay/capture_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace baleen::drivers {
namespace {

// How long a reader waits for a quiet pipe before it looks again whether it should stop.
constexpr int quiet_wait_ms = 20;

// RFC 1952 section 2.3.1.
bool is_gzip(int fd) {
    uint8_t magic[2];
    return ::pread(fd, magic, sizeof magic, 0) == sizeof magic && magic[0] == 0x1f &&
           magic[1] == 0x8b;
}

}  // namespace

base::Result<CaptureInput> CaptureInput::open(const std::string& path) {
    CaptureInput input;
    input.fd_ = base::FileDescriptor(path == "-" ? ::dup(STDIN_FILENO)
                                                 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!input.fd_ || ::fstat(input.fd_.get(), &status) != 0)
        return base::Error{fmt::format("cannot be opened: {}", std::strerror(errno))};
    if (S_ISDIR(status.st_mode)) return base::Error{"is a folder; name its files"};

    base::Status ready = base::Ok{};
    if (S_ISREG(status.st_mode) && is_gzip(input.fd_.get())) {
        input.gzip_.reset(::gzdopen(::dup(input.fd_.get()), "rb"));
        ready = input.allocate_chunks();
    } else {
        ready = S_ISREG(status.st_mode) ? input.map(static_cast<uint64_t>(status.st_size))
                                        : input.allocate_chunks();
    }
    if (!ready) return ready.error();
    return input;
}

base::Status CaptureInput::map(uint64_t file_bytes) {
    // A shell may hand over a file that has been read in part.
    const off_t already_read = std::max<off_t>(0, ::lseek(fd_.get(), 0, SEEK_CUR));
    if (file_bytes <= static_cast<uint64_t>(already_read)) return base::Error{"is empty"};
    void* data = ::mmap(nullptr, file_bytes, PROT_READ, MAP_PRIVATE, fd_.get(), 0);
    if (data == MAP_FAILED)
        return base::Error{fmt::format("cannot be mapped: {}", std::strerror(errno))};
    ::madvise(data, file_bytes, MADV_SEQUENTIAL);
    mapping_ = base::Mapping(data, file_bytes);
    data_ = mapping_.data();
    size_ = file_bytes;
    position_ = static_cast<uint64_t>(already_read);
    return base::Ok{};
}

base::Status CaptureInput::allocate_chunks() {
    for (base::HugeMemory& chunk : chunks_) {
        auto memory = base::HugeMemory::allocate(chunk_bytes);
        if (!memory) return memory.error();
        chunk = std::move(*memory);
    }
    data_ = static_cast<const uint8_t*>(chunks_[0].data());
    return base::Ok{};
}

void CaptureInput::next_chunk() {
    const auto left = window();
    chunk_ = (chunk_ + 1) % chunk_count;
    auto* next = static_cast<uint8_t*>(chunks_[chunk_].data());
    std::memcpy(next, left.data(), left.size());
    consumed_before_ += position_;
    data_ = next;
    size_ = left.size();
    position_ = 0;
}

CaptureInput::Refill CaptureInput::refill(bool may_overwrite, bool may_wait) {
    if (is_mapped()) return Refill::ended;
    if (size_ == chunk_bytes) {
        if (!may_overwrite) return Refill::later;
        next_chunk();
    }
    auto* free_bytes = static_cast<uint8_t*>(chunks_[chunk_].data()) + size_;
    const int64_t got = read_some(free_bytes, chunk_bytes - size_, may_wait);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Refill::later;
    if (got < 0 && failure_.empty())
        failure_ = fmt::format("cannot be read: {}", std::strerror(errno));
    if (got <= 0) return Refill::ended;
    size_ += static_cast<uint64_t>(got);
    return Refill::more;
}

// As read(2); EAGAIN when nothing has arrived, for a moment or at all.
int64_t CaptureInput::read_some(uint8_t* to, uint64_t bytes, bool may_wait) {
    if (gzip_) {
        const int got = ::gzread(gzip_.get(), to, static_cast<unsigned>(bytes));
        int code = Z_OK;
        const char* why = ::gzerror(gzip_.get(), &code);
        if (got < 0 || code == Z_BUF_ERROR) failure_ = fmt::format("cannot be unpacked: {}", why);
        // zlib leaves there what some earlier call has said.
        if (got < 0) errno = EIO;
        return got;
    }
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, may_wait ? quiet_wait_ms : 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return ::read(fd_.get(), to, bytes);
}

void CaptureInput::populate() {
    if (!is_mapped()) {
        populated_ = UINT64_MAX;  // chunks need no mapping
        return;
    }
    constexpr uint64_t page_mask = 4095;
    const uint64_t from = position_ & ~page_mask;
    uint8_t* base = mapping_.data();
    const uint64_t ahead = std::min(populate_stride_bytes, size_ - from);
    // Both are hints: where the kernel refuses them, page faults do the same, only slower.
#ifdef MADV_POPULATE_READ
    ::madvise(base + from, ahead, MADV_POPULATE_READ);
#endif
    // Packets of the stride before last may still be under way to a worker; dropping the mapping of
    // pages that are read again costs a fault, never data.
    if (from >= 2 * populate_stride_bytes)
        ::madvise(base + from - 2 * populate_stride_bytes, populate_stride_bytes, MADV_DONTNEED);
    populated_ = from + ahead;
}

}  // namespace baleen::drivers
