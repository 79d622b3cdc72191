#include "control/store/slice_list.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "control/store/slice.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;

struct Noted {
    SliceStamp stamp;
    Times times;
};

// Slices that are deleted leave theirs behind; a store with more than this begins anew.
constexpr size_t noted_max = 20'000;

struct Notes {
    std::mutex mutex;
    std::map<std::pair<std::string, bool>, Noted> noted;
};

Notes& notes() {
    static Notes kept;
    return kept;
}

}  // namespace

std::vector<SliceFile> list_slices(const std::string& directory) {
    std::vector<SliceFile> slices;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(directory, failed)) {
        const int64_t start_ns = slice_start_ns(entry.path().filename().string());
        if (start_ns >= 0) slices.push_back({entry.path().string(), start_ns});
    }
    std::ranges::sort(slices, {}, &SliceFile::path);
    return slices;
}

SliceStamp stamp_of(const std::string& path) {
    std::error_code failed;
    SliceStamp stamp;
    stamp.bytes = fs::file_size(path, failed);
    if (failed) return {};
    stamp.written = fs::last_write_time(path, failed).time_since_epoch().count();
    if (failed) return {};
    // A reader may have made an empty log, and then removed it.
    const uint64_t log_bytes = fs::file_size(path + "-wal", failed);
    stamp.is_sealed = failed || log_bytes == 0;
    return stamp;
}

std::optional<Times> known_times(const std::string& path, bool of_flows, const SliceStamp& stamp) {
    if (!stamp.is_sealed) return std::nullopt;
    const std::lock_guard lock(notes().mutex);
    const auto found = notes().noted.find({path, of_flows});
    if (found == notes().noted.end() || found->second.stamp != stamp) return std::nullopt;
    return found->second.times;
}

void note_times(const std::string& path, bool of_flows, const SliceStamp& stamp,
                const Times& times) {
    if (!stamp.is_sealed) return;
    const std::lock_guard lock(notes().mutex);
    if (notes().noted.size() >= noted_max) notes().noted.clear();
    notes().noted.insert_or_assign({path, of_flows}, Noted{stamp, times});
}

}  // namespace baleen::store
