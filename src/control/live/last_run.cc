#include "control/live/last_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

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
constexpr uint64_t bytes_min = sizeof(FileHeader) + sizeof(stats::Segment);
constexpr uint64_t bytes_max = bytes_min + limits::worker_count_max * sizeof(RingStatus);

std::string path_in(const std::string& directory) { return directory + "/last-run.statistics"; }

// Tells damage, not intent: nobody signs his own files.
uint64_t checksum_of(std::string_view bytes) {
    uint64_t sum = file_magic;
    for (size_t at = 0; at < bytes.size(); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, &bytes[at], sizeof word);
        sum = base::multiply_fold(sum ^ word, 0x9e3779b97f4a7c15);
    }
    return sum;
}

}  // namespace

std::string format_last_run(const stats::Segment& segment, const std::vector<RingStatus>& rings) {
    std::string body(reinterpret_cast<const char*>(&segment), sizeof segment);
    body.append(reinterpret_cast<const char*>(rings.data()), rings.size() * sizeof(RingStatus));
    const FileHeader header{.ring_count = rings.size(), .checksum = checksum_of(body)};
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) + body;
}

base::Result<LastRun> parse_last_run(std::string_view bytes) {
    FileHeader header;
    if (bytes.size() < bytes_min) return base::Error{"is of another version"};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.magic != file_magic || header.ring_count > limits::worker_count_max ||
        bytes.size() != bytes_min + header.ring_count * sizeof(RingStatus))
        return base::Error{"is of another version"};
    const std::string_view body = bytes.substr(sizeof header);
    if (checksum_of(body) != header.checksum) return base::Error{"is damaged"};
    auto made = ring::create_stats();
    if (!made) return made.error();
    std::memcpy(static_cast<void*>(made->view.segment), body.data(), sizeof(stats::Segment));
    auto stats = ring::open_stats(made->fd.get());  // its version is looked at here
    if (!stats) return stats.error();
    LastRun run{std::move(*stats), std::vector<RingStatus>(header.ring_count)};
    if (!run.rings.empty())
        std::memcpy(run.rings.data(), &body[sizeof(stats::Segment)],
                    run.rings.size() * sizeof(RingStatus));
    return run;
}

base::Status save_last_run(const std::string& directory, const stats::Segment& segment,
                           const std::vector<RingStatus>& rings) {
    const std::string path = path_in(directory), fresh = path + ".new";
    const std::string bytes = format_last_run(segment, rings);
    std::ofstream file(fresh, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file || std::rename(fresh.c_str(), path.c_str()) != 0)
        return base::Error{fmt::format("{} cannot be written: {}", path, std::strerror(errno))};
    return base::Ok{};
}

base::Result<std::optional<LastRun>> load_last_run(const std::string& directory) {
    const std::string path = path_in(directory);
    const auto refused = [&](std::string_view why) {
        return base::Error{
            fmt::format("{} {}: what the last run has counted is not shown", path, why)};
    };
    std::error_code failed;
    const uint64_t size = std::filesystem::file_size(path, failed);
    if (failed == std::errc::no_such_file_or_directory) return std::optional<LastRun>();
    if (failed) return refused("cannot be read (" + failed.message() + ")");
    // Nothing that is longer is read at all.
    std::string bytes(std::min(size, bytes_max + 1), '\0');
    std::ifstream file(path, std::ios::binary);
    if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
        return refused("cannot be read");
    auto run = parse_last_run(bytes);
    if (!run) return refused(run.error().message);
    return std::optional(std::move(*run));
}

}  // namespace baleen::live
