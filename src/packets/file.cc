#include "packets/file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace baleen::packets {

base::Error system_error(std::string_view what, const std::string& path) {
    return {fmt::format("{} '{}': {}", what, path, std::strerror(errno))};
}

base::Result<base::FileDescriptor> open_file(const std::string& path, int flags) {
    base::FileDescriptor fd(::open(path.c_str(), flags | O_CLOEXEC, 0640));
    if (!fd) return system_error("cannot open", path);
    return fd;
}

base::Result<uint64_t> file_bytes(int fd, const std::string& path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return system_error("cannot read the size of", path);
    return static_cast<uint64_t>(status.st_size);
}

base::Status write_all(int fd, const std::string& path, std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return system_error("cannot write to", path);
        bytes = bytes.subspan(static_cast<size_t>(written));
    }
    return base::Ok{};
}

base::Result<size_t> read_at(int fd, const std::string& path, uint64_t offset,
                             std::span<uint8_t> bytes) {
    size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::pread(fd, bytes.data() + done, bytes.size() - done,
                                    static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("cannot read", path);
        if (got == 0) break;
        done += static_cast<size_t>(got);
    }
    return done;
}

}  // namespace baleen::packets
