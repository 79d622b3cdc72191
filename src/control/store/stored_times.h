// From when to when there are flows in a store.
#pragma once

#include <cstdint>
#include <string>

namespace baleen::store {

struct StoredTimes {
    int64_t first_ns = 0;  // where the first flow ended
    int64_t until_ns = 0;  // behind where the last one did; 0: there is none
};

// Looks into the oldest and the newest slice only; what no slice tells (it is damaged, or of an
// older version) is taken from the names.
StoredTimes stored_times(const std::string& directory);

}  // namespace baleen::store
