#include "control/store/store_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "control/store/slice.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view damaged_suffix = ".damaged";
// A disk that damages whatever is written to it must not fill up with it.
constexpr int set_aside_max = 9;

// Start of what a file name tells, or -1; and whether it was put aside: X.damaged, X.damaged-2.
int64_t start_of(const std::string& name, bool& is_damaged) {
    const size_t at = name.find(damaged_suffix);
    is_damaged = at != std::string::npos;
    if (!is_damaged) return slice_start_ns(name);
    const std::string rest = name.substr(at + damaged_suffix.size());
    const bool is_numbered = rest.size() == 2 && rest[0] == '-' && rest[1] >= '2' && rest[1] <= '9';
    return rest.empty() || is_numbered ? slice_start_ns(name.substr(0, at)) : -1;
}

uint64_t bytes_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

}  // namespace

std::vector<StoreFile> list_store_files(const std::string& directory) {
    std::vector<StoreFile> found;
    std::error_code failed;
    for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        StoreFile file{};
        file.start_ns = start_of(entry->path().filename().string(), file.is_damaged);
        if (file.start_ns < 0) continue;
        file.path = entry->path().string();
        struct stat status {};
        if (::stat(file.path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        file.bytes = static_cast<uint64_t>(status.st_size) + bytes_of(file.path + "-wal");
        file.written_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
        found.push_back(std::move(file));
    }
    std::ranges::sort(found, [](const StoreFile& a, const StoreFile& b) {
        return std::tie(a.start_ns, a.path) < std::tie(b.start_ns, b.path);
    });
    return found;
}

bool remove_store_file(const std::string& path) {
    std::error_code failed;
    fs::remove(path, failed);
    if (failed) return false;
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(path + suffix, failed);
    return true;
}

base::Result<std::string> set_aside(const std::string& path) {
    std::error_code failed;
    for (int number = 1; number <= set_aside_max; number++) {
        std::string aside = path + std::string(damaged_suffix);
        if (number > 1) aside += fmt::format("-{}", number);
        if (fs::exists(aside, failed)) continue;
        fs::rename(path, aside, failed);
        if (failed)
            return base::Error{
                fmt::format("{} is damaged and cannot be put aside: {}", path, failed.message())};
        fs::rename(path + "-wal", aside + "-wal", failed);
        fs::remove(path + "-shm", failed);
        return aside;
    }
    return base::Error{
        fmt::format("{} is damaged again, and {} of its kind have been put aside: the disk seems "
                    "to be at fault; look at it, then delete them",
                    path, set_aside_max)};
}

}  // namespace baleen::store
