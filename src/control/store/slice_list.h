// The slices of a store, and the times of those that nobody writes any more, which are looked up
// once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/store/times.h"
#include "filter/field.h"

namespace baleen::store {

struct SliceFile {
    std::string path;
    int64_t start_ns;  // none of its flows has ended before, none of its events was before
};

// The oldest first.
std::vector<SliceFile> list_slices(const std::string& directory);

// What a file looks like from outside. No log beside it: nobody has written since it was sealed.
struct SliceStamp {
    uint64_t bytes = 0;
    int64_t written = 0;
    bool is_sealed = false;

    bool operator==(const SliceStamp&) const = default;
};
SliceStamp stamp_of(const std::string& path);

// Times of a sealed slice's flows, or events, as they were noted for this stamp. Kept for the
// process: what is asked for again and again is the newest, and older slices are passed over
// without a look into them. Any thread may call.
std::optional<Times> known_times(const std::string& path, bool of_flows, const SliceStamp& stamp);
// `stamp` was taken before the times were.
void note_times(const std::string& path, bool of_flows, const SliceStamp& stamp,
                const Times& times);

}  // namespace baleen::store
