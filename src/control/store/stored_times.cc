#include "control/store/stored_times.h"

#include <optional>

#include "control/store/database.h"
#include "control/store/slice_list.h"

namespace baleen::store {
namespace {

std::optional<StoredTimes> times_of(const std::string& path) {
    auto database = Database::open(path, Database::Mode::read_only);
    if (!database) return std::nullopt;
    auto times = database->prepare("SELECT min(last_ns_min), max(last_ns_max) FROM block");
    if (!times || times->step() != SQLITE_ROW || times->column_int(1) == 0) return std::nullopt;
    return StoredTimes{times->column_int(0), times->column_int(1) + 1};
}

}  // namespace

StoredTimes stored_times(const std::string& directory) {
    const auto slices = list_slices(directory);
    if (slices.empty()) return {};
    constexpr int64_t hour_ns = 3'600'000'000'000;
    const auto oldest = times_of(slices.front().path);
    const auto newest = times_of(slices.back().path);
    return {oldest ? oldest->first_ns : slices.front().start_ns,
            newest ? newest->until_ns : slices.back().start_ns + hour_ns};
}

}  // namespace baleen::store
