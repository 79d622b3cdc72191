#include "control/metrics/collect.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace baleen::metrics {
namespace {

std::string read_file(const char* path) {
    const std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// "btime 1700000000" of /proc/stat.
double boot_seconds() {
    const std::string text = read_file("/proc/stat");
    const size_t at = text.find("\nbtime ");
    return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + 7, nullptr);
}

uint64_t open_fds() {
    std::error_code error;
    uint64_t count = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
         at.increment(error))
        count++;
    return count;
}

}  // namespace

ProcessStatus process_status() {
    ProcessStatus out;
    // proc(5): fields are counted behind the name, which may hold anything but ends with the last
    // parenthesis. Of them: utime, stime (14, 15), starttime (22), vsize, rss (23, 24).
    const std::string stat = read_file("/proc/self/stat");
    const size_t name_end = stat.rfind(')');
    uint64_t user = 0, system = 0, start = 0, virtual_bytes = 0, pages = 0;
    if (name_end != std::string::npos &&
        std::sscanf(stat.c_str() + name_end + 1,
                    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
                    " %*d %*d %*d %*d %*d %*d %" SCNu64 " %" SCNu64 " %" SCNu64,
                    &user, &system, &start, &virtual_bytes, &pages) == 5) {
        const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        out.cpu_seconds = static_cast<double>(user + system) / ticks;
        out.start_seconds = boot_seconds() + static_cast<double>(start) / ticks;
        out.virtual_bytes = virtual_bytes;
        out.resident_bytes = pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    }
    out.open_fds = open_fds();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) out.max_fds = limit.rlim_cur;
    return out;
}

std::optional<DiskStatus> disk_status(std::string use, const std::string& folder) {
    std::error_code error;
    std::filesystem::path path = std::filesystem::absolute(folder, error);
    if (error || folder.empty()) return std::nullopt;
    struct statvfs disk {};
    while (::statvfs(path.c_str(), &disk) != 0) {
        if (path == path.parent_path()) return std::nullopt;
        path = path.parent_path();
    }
    return DiskStatus{std::move(use), uint64_t{disk.f_blocks} * disk.f_frsize,
                      uint64_t{disk.f_bavail} * disk.f_frsize};
}

IngestStatus ingest_status(const control::Ingest& ingest) {
    IngestStatus out;
    out.frames_committed = ingest.records_stored();
    out.invalid_frames = ingest.invalid_frames();
    out.suppressed_events = ingest.limiter().suppressed_events();
    out.unlimited_events = ingest.limiter().passed_unlimited();
    out.rate_windows = ingest.limiter().size();
    out.rate_windows_max = control::rate_places;
    out.rings_given_up = ingest.rings_given_up();
    out.is_store_failing = ingest.store_failed();
    out.turned_at = std::chrono::steady_clock::now();
    return out;
}

}  // namespace baleen::metrics
