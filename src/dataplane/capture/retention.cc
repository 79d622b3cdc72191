#include "dataplane/capture/retention.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "base/file_descriptor.h"
#include "base/units.h"
#include "dataplane/capture/file_name.h"
#include "packets/index_log.h"

namespace baleen::capture {
namespace {

struct File {
    std::string path;
    int64_t written_ns = 0;
    uint64_t bytes = 0;  // with its index
    uint64_t disk_bytes = 0;
};

// What a limit has cost.
struct Deleted {
    uint32_t count = 0;
    uint64_t bytes = 0;
    std::string last;
};

void add(const std::string& path, File& file) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return;
    file.bytes += static_cast<uint64_t>(status.st_size);
    file.disk_bytes += static_cast<uint64_t>(status.st_blocks) * 512;
    if (path == file.path)
        file.written_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

std::vector<File> files_in(const std::string& directory) {
    std::vector<File> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        if (!is_file_name(entry->path().filename().string())) continue;
        File& file = files.emplace_back();
        file.path = entry->path().string();
        add(file.path, file);
        add(packets::index_path(file.path), file);
        add(packets::index_log_path(file.path), file);
    }
    std::ranges::sort(files, [](const File& a, const File& b) {
        return std::tie(a.written_ns, a.path) < std::tie(b.written_ns, b.path);
    });
    return files;
}

uint64_t free_bytes(const std::string& directory) {
    struct statvfs status {};
    if (::statvfs(directory.c_str(), &status) != 0) return UINT64_MAX;
    return static_cast<uint64_t>(status.f_bavail) * status.f_frsize;
}

// False: it is being written, or cannot be deleted.
bool remove(const File& file) {
    const base::FileDescriptor fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    // Held until the descriptor is closed, behind the deletion.
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return false;
    if (::unlink(file.path.c_str()) != 0) return false;
    ::unlink(packets::index_path(file.path).c_str());
    ::unlink(packets::index_log_path(file.path).c_str());
    return true;
}

std::string sentence(const Deleted& deleted, const std::string& why) {
    return fmt::format("{} of packets deleted ({}), {}{}: {}",
                       deleted.count == 1 ? "1 file" : fmt::format("{} files", deleted.count),
                       base::format_rounded(static_cast<double>(deleted.bytes), "B"),
                       deleted.count == 1 ? "" : "the last of them ", deleted.last, why);
}

}  // namespace

std::vector<std::string> retain(const std::string& directory, const RetentionLimits& limits) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const int64_t now_ns = int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    const std::vector<File> files = files_in(directory);
    uint64_t bytes = 0;
    for (const File& file : files) bytes += file.bytes;
    uint64_t free = limits.free_bytes == 0 ? UINT64_MAX : free_bytes(directory);

    enum Limit : size_t { by_age, by_bytes, by_free, limit_count };
    std::array<Deleted, limit_count> deleted;
    for (const File& file : files) {
        Limit limit = limit_count;
        if (free < limits.free_bytes) limit = by_free;
        if (bytes > limits.bytes) limit = by_bytes;
        if (now_ns - file.written_ns > limits.age_ns) limit = by_age;
        if (limit == limit_count || !remove(file)) continue;
        bytes -= file.bytes;
        if (free != UINT64_MAX) free += file.disk_bytes;
        deleted[limit].count++;
        deleted[limit].bytes += file.bytes;
        deleted[limit].last = file.path;
    }

    std::vector<std::string> sentences;
    const std::array<std::string, limit_count> reasons = {
        "not written to for capture.retention_age",
        fmt::format("together they have more than capture.retention_bytes, {}",
                    base::format_bytes(limits.bytes)),
        fmt::format("the disk has less left than capture.free, {}",
                    base::format_bytes(limits.free_bytes))};
    for (size_t limit = 0; limit < limit_count; limit++)
        if (deleted[limit].count != 0)
            sentences.push_back(sentence(deleted[limit], reasons[limit]));
    return sentences;
}

}  // namespace baleen::capture
