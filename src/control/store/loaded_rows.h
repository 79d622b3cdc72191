// Records of a part of an answer, read again in one go: a transaction of SQLite for each costs more
// than reading it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/store/cancel.h"
#include "control/store/order.h"
#include "control/store/row.h"
#include "control/store/slice_set.h"

namespace baleen::store {

class LoadedRows {
public:
    // Takes some of `places`, from `at` on. False: stopped, nothing is loaded.
    bool load(const std::vector<Place>& places, size_t at, SliceSet& slices, Watch& watch);
    void clear();

    // Behind the last one that is loaded, as an index of `places`.
    size_t end() const { return begin_ + rows_.size(); }
    // False: it is there no more, or makes no sense.
    bool read(size_t index, Row& row) const;
    std::string_view port_name(size_t index) const { return rows_[index - begin_].port_name; }

private:
    struct Loaded {
        size_t offset = 0;
        size_t bytes = 0;
        int64_t type = 0;
        std::string port_name;
    };

    size_t begin_ = 0;
    std::vector<Loaded> rows_;
    std::vector<uint8_t> bytes_;
};

}  // namespace baleen::store
