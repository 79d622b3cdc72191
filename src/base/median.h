// The middle of a list of figures: of an even number, the upper of the two in the middle.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace baleen::base {

// `values` is not empty.
inline double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace baleen::base
