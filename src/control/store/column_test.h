// What a filter asks of bytes that have columns of their own (column_block.h): rows that cannot fit
// it are passed over by a look at two or three of their sixty bytes, 64 rows at a time.
//
// Must hold: a row that fits the filter passes. What the test does not know, it lets pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "filter/filter.h"

namespace baleen::store {

// A byte of the fixed part of a record: (byte & mask) == value.
struct ByteTest {
    size_t place = 0;
    uint8_t mask = 0xff;
    uint8_t value = 0;
};

// All conditions hold; of each, one alternative; of that, all bytes.
struct ColumnTest {
    using Alternative = std::vector<ByteTest>;
    using Condition = std::vector<Alternative>;

    static ColumnTest of(const filter::Filter& filter);

    std::vector<Condition> conditions;
};

}  // namespace baleen::store
