// What of a store is deleted, and when that will be.
//
// Must hold: never a slice that is being written to. The oldest go first, damaged ones among them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "control/store/store_files.h"

namespace baleen::store {

// Deletes the oldest files beyond the budgets; a sentence for each.
std::vector<std::string> delete_oldest(const std::string& directory,
                                       const config::Settings::Store& settings,
                                       const std::function<bool(int64_t start_ns)>& is_in_use);

// How it goes on if as much comes as lately. Numbers of days are infinite where nothing ends them.
struct Forecast {
    double bytes_per_day = 0;  // 0: not known yet
    // So long a history the budgets hold once they are filled.
    double history_days = 0;
    // Until the oldest slice is deleted, for age or room.
    double deletion_days = 0;
    // Until there is no more room, of store.retention_bytes or of the disk.
    double full_days = 0;
};

struct StoreStatus {
    std::string directory;
    uint32_t slices = 0;
    uint32_t damaged = 0;   // put aside
    uint64_t bytes = 0;     // of all
    int64_t oldest_ns = 0;  // start of the oldest slice; 0: there is none
    int64_t newest_ns = 0;  // end of the newest one, or when it was written to last
    uint64_t disk_bytes = 0;
    uint64_t disk_free_bytes = 0;
    uint64_t budget_bytes = 0;  // what it may grow to: store.retention_bytes, or what the disk has
    Forecast forecast;
};

// Looks at names and sizes of files only.
StoreStatus store_status(const std::string& directory, const config::Settings::Store& settings);

}  // namespace baleen::store
