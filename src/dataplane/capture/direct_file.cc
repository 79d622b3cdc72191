#include "dataplane/capture/direct_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace baleen::capture {

int DirectFile::create(const std::string& path, bool may_be_direct) {
    struct stat status {};
    is_device_ = ::stat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode);
    const int flags = O_WRONLY | O_CLOEXEC | (is_device_ ? 0 : O_CREAT | O_EXCL);
    fd_ = base::FileDescriptor();
    is_direct_ = false;
    if (may_be_direct && !is_device_) {
        fd_ = base::FileDescriptor(::open(path.c_str(), flags | O_DIRECT, 0640));
        is_direct_ = static_cast<bool>(fd_);
        // A filesystem that does not know O_DIRECT says so when the file has been made already.
        if (!fd_ && errno == EINVAL) ::unlink(path.c_str());
        if (!fd_ && errno != EINVAL) return errno;
    }
    if (!fd_) fd_ = base::FileDescriptor(::open(path.c_str(), flags, 0640));
    if (!fd_) return errno;
    if (!is_device_) ::flock(fd(), LOCK_EX | LOCK_NB);
    return 0;
}

void DirectFile::drop_direct() {
    const int flags = ::fcntl(fd(), F_GETFL);
    ::fcntl(fd(), F_SETFL, flags & ~O_DIRECT);
    is_direct_ = false;
}

bool DirectFile::is_linked() const {
    struct stat status {};
    return is_device_ || ::fstat(fd(), &status) != 0 || status.st_nlink != 0;
}

int DirectFile::write_at(uint64_t offset, std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        offset += static_cast<uint64_t>(written);
        bytes = bytes.subspan(static_cast<size_t>(written));
    }
    return 0;
}

int DirectFile::cut(uint64_t bytes) {
    if (is_device_) return 0;
    return ::ftruncate(fd(), static_cast<off_t>(bytes)) != 0 ? errno : 0;
}

int DirectFile::sync_data() {
    if (is_device_) return 0;
    return ::fdatasync(fd()) != 0 ? errno : 0;
}

}  // namespace baleen::capture
