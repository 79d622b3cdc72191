#include "control/store/retention.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>

#include "base/units.h"

namespace baleen::store {
namespace {

constexpr double day_ns = 86400e9;
// What "lately" means: long enough to hold nights and Sundays.
constexpr int64_t lately_ns = 7 * int64_t{86400} * 1'000'000'000;
constexpr double never = std::numeric_limits<double>::infinity();

struct Disk {
    uint64_t bytes = 0;
    uint64_t free_bytes = 0;
};

Disk disk_of(const std::string& directory) {
    struct statvfs status {};
    if (::statvfs(directory.c_str(), &status) != 0) return {0, UINT64_MAX};
    return {status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize};
}

// A small disk is not for the free part of it.
uint64_t wanted_free(const Disk& disk, const config::Settings::Store& settings) {
    return std::min(settings.free_bytes, disk.bytes / 10);
}

int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// nullptr: it stays.
const char* reason_to_delete(const StoreFile& file, uint64_t total_bytes, const Disk& disk,
                             int64_t time_ns, const config::Settings::Store& settings) {
    if (total_bytes > settings.retention_bytes) return "retention_bytes";
    if (time_ns - file.written_ns >= settings.retention_age_ns) return "retention_age";
    if (disk.free_bytes < wanted_free(disk, settings)) return "free";
    return nullptr;
}

// A slice that covers the time it was written in ends there; one of a capture file, or a finished
// one, with its span.
int64_t end_of(const StoreFile& file, int64_t slice_ns) {
    if (slice_ns == base::duration_off) return std::max(file.start_ns, file.written_ns);
    const int64_t end_ns = file.start_ns + slice_ns;
    return file.written_ns > file.start_ns ? std::min(end_ns, file.written_ns) : end_ns;
}

double bytes_per_day(const std::vector<StoreFile>& slices, int64_t slice_ns) {
    if (slices.empty()) return 0;
    const int64_t end_ns = end_of(slices.back(), slice_ns);
    uint64_t bytes = 0;
    int64_t begin_ns = end_ns;
    for (auto slice = slices.rbegin(); slice != slices.rend(); ++slice) {
        if (slice->start_ns < end_ns - lately_ns && slice != slices.rbegin()) break;
        bytes += slice->bytes;
        begin_ns = slice->start_ns;
    }
    if (end_ns <= begin_ns) return 0;
    return static_cast<double>(bytes) * day_ns / static_cast<double>(end_ns - begin_ns);
}

Forecast forecast_of(const StoreStatus& status, const std::vector<StoreFile>& slices,
                     const config::Settings::Store& settings) {
    Forecast out;
    out.bytes_per_day = bytes_per_day(slices, settings.slice_ns);
    const auto days_of = [&](uint64_t bytes) {
        return out.bytes_per_day > 0 ? static_cast<double>(bytes) / out.bytes_per_day : never;
    };
    out.full_days =
        days_of(status.budget_bytes > status.bytes ? status.budget_bytes - status.bytes : 0);
    out.history_days = days_of(status.budget_bytes);
    out.deletion_days = slices.empty() ? never : out.full_days;
    if (settings.retention_age_ns == base::duration_off) return out;
    const double age_days = static_cast<double>(settings.retention_age_ns) / day_ns;
    out.history_days = std::min(out.history_days, age_days);
    if (slices.empty()) return out;
    const double left = age_days - static_cast<double>(now_ns() - slices[0].written_ns) / day_ns;
    out.deletion_days = std::min(out.deletion_days, std::max(left, 0.0));
    return out;
}

}  // namespace

std::vector<std::string> delete_oldest(const std::string& directory,
                                       const config::Settings::Store& settings,
                                       const std::function<bool(int64_t start_ns)>& is_in_use) {
    std::vector<std::string> deleted;
    const auto files = list_store_files(directory);
    uint64_t total_bytes = 0;
    for (const StoreFile& file : files) total_bytes += file.bytes;
    Disk disk = disk_of(directory);
    const int64_t time_ns = now_ns();
    for (const StoreFile& file : files) {
        if (!file.is_damaged && is_in_use(file.start_ns)) continue;
        const char* reason = reason_to_delete(file, total_bytes, disk, time_ns, settings);
        if (reason == nullptr || !remove_store_file(file.path)) continue;
        total_bytes -= file.bytes;
        // Not asked again: a reader that has the file open may keep its room for a while.
        disk.free_bytes += file.bytes;
        deleted.push_back(fmt::format(
            "deleted {} ({}): store.{}", std::filesystem::path(file.path).filename().string(),
            base::format_rounded(static_cast<double>(file.bytes), "B"), reason));
    }
    return deleted;
}

StoreStatus store_status(const std::string& directory, const config::Settings::Store& settings) {
    StoreStatus status;
    status.directory = directory;
    std::vector<StoreFile> slices;
    for (StoreFile& file : list_store_files(directory)) {
        status.bytes += file.bytes;
        if (file.is_damaged) status.damaged++;
        else slices.push_back(std::move(file));
    }
    status.slices = static_cast<uint32_t>(slices.size());
    if (!slices.empty()) {
        status.oldest_ns = slices.front().start_ns;
        status.newest_ns = end_of(slices.back(), settings.slice_ns);
    }
    const Disk disk = disk_of(directory);
    status.disk_bytes = disk.bytes;
    status.disk_free_bytes = disk.free_bytes;
    status.budget_bytes = settings.retention_bytes;
    if (disk.bytes > 0) {
        const uint64_t wanted = wanted_free(disk, settings);
        const uint64_t room = disk.free_bytes > wanted ? disk.free_bytes - wanted : 0;
        status.budget_bytes = std::min(status.budget_bytes, status.bytes + room);
    }
    status.forecast = forecast_of(status, slices, settings);
    return status;
}

}  // namespace baleen::store
