#include "control/live/last_run.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>

#include "base/multiply_fold.h"

namespace baleen::live {
namespace {

constexpr uint64_t file_magic = 0x314e55524e4c4142;  // "BALNRUN1" in memory order

struct FileHeader {
    uint64_t magic = file_magic;
    uint64_t ring_count = 0;
    uint64_t checksum = 0;  // of what is behind this header
};
static_assert(sizeof(stats::Segment) % sizeof(uint64_t) == 0);
static_assert(sizeof(RingStatus) == 5 * sizeof(uint64_t), "written as it is");

std::string path_in(const std::string& directory) { return directory + "/last-run.statistics"; }

// Tells damage, not intent: nobody signs his own files.
uint64_t checksum_of(std::span<const char> bytes) {
    uint64_t sum = file_magic;
    for (size_t at = 0; at < bytes.size(); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, &bytes[at], sizeof word);
        sum = base::multiply_fold(sum ^ word, 0x9e3779b97f4a7c15);
    }
    return sum;
}

base::Error damaged(const std::string& path, std::string_view why) {
    return {fmt::format("{} {}: what the last run has counted is not shown", path, why)};
}

}  // namespace

base::Status save_last_run(const std::string& directory, const stats::Segment& segment,
                           const std::vector<RingStatus>& rings) {
    std::string body(sizeof segment + rings.size() * sizeof(RingStatus), '\0');
    std::memcpy(body.data(), static_cast<const void*>(&segment), sizeof segment);
    if (!rings.empty())
        std::memcpy(&body[sizeof segment], rings.data(), rings.size() * sizeof(RingStatus));
    const FileHeader header{.ring_count = rings.size(), .checksum = checksum_of(body)};
    const std::string path = path_in(directory), fresh = path + ".new";
    std::ofstream file(fresh, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&header), sizeof header);
    file.write(body.data(), static_cast<std::streamsize>(body.size()));
    file.close();
    if (!file || std::rename(fresh.c_str(), path.c_str()) != 0)
        return base::Error{fmt::format("{} cannot be written: {}", path, std::strerror(errno))};
    return base::Ok{};
}

base::Result<std::optional<LastRun>> load_last_run(const std::string& directory) {
    const std::string path = path_in(directory);
    std::error_code failed;
    const uint64_t bytes = std::filesystem::file_size(path, failed);
    if (failed == std::errc::no_such_file_or_directory) return std::optional<LastRun>();
    if (failed) return damaged(path, "cannot be read (" + failed.message() + ")");
    FileHeader header;
    constexpr uint64_t bytes_min = sizeof header + sizeof(stats::Segment);
    constexpr uint64_t bytes_max = bytes_min + limits::worker_count_max * sizeof(RingStatus);
    if (bytes < bytes_min || bytes > bytes_max) return damaged(path, "is of another version");
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(&header), sizeof header);
    std::string body(bytes - sizeof header, '\0');
    file.read(body.data(), static_cast<std::streamsize>(body.size()));
    if (!file) return damaged(path, "cannot be read");
    if (header.magic != file_magic || header.ring_count > limits::worker_count_max ||
        bytes != bytes_min + header.ring_count * sizeof(RingStatus))
        return damaged(path, "is of another version");
    if (checksum_of(body) != header.checksum) return damaged(path, "is damaged");

    auto made = ring::create_stats();
    if (!made) return made.error();
    std::memcpy(static_cast<void*>(made->view.segment), body.data(), sizeof(stats::Segment));
    auto stats = ring::open_stats(made->fd.get());  // its version is looked at here
    if (!stats) return damaged(path, stats.error().message);
    LastRun run{std::move(*stats), std::vector<RingStatus>(header.ring_count)};
    if (!run.rings.empty())
        std::memcpy(run.rings.data(), &body[sizeof(stats::Segment)],
                    run.rings.size() * sizeof(RingStatus));
    return std::optional(std::move(run));
}

}  // namespace baleen::live
