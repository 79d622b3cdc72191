// The highest rate that passes, by halving what is left between one that did and one that did not.
// RFC 2544 section 26.1 lowers the rate after a trial with loss, and raises it after one without.
//
// It always ends: from the greatest rate down to a thousandth of it are 10 halvings, and from there
// to a resolution of 1 % seven more.
#pragma once

#include <algorithm>
#include <optional>

namespace baleen::cli::ndr {

class RateSearch {
public:
    // `resolution`: as a part of the rate, above 0. The greatest rate is tried first.
    RateSearch(double rate_max, double resolution)
        : rate_max_(rate_max), resolution_(resolution), failed_(2 * rate_max) {}

    // The rate to try next; nothing: the search is over.
    std::optional<double> next() const {
        if (failed_ > rate_max_)
            return passed_ < rate_max_ ? std::optional(rate_max_) : std::nullopt;
        const double rate = (passed_ + failed_) / 2;
        if (rate < rate_max_ / 1024 || failed_ - passed_ <= resolution_ * failed_)
            return std::nullopt;
        return rate;
    }

    // What a trial gave, also one that was made for another search. A rate above one that failed
    // does not count as passed: what is looked for has to hold.
    void tell(double rate, bool passed) {
        if (passed && rate < failed_) passed_ = std::max(passed_, rate);
        if (!passed) failed_ = std::min(failed_, rate);
        if (passed_ >= failed_) passed_ = 0;
    }

    // 0: none passed.
    double found() const { return passed_; }

private:
    const double rate_max_, resolution_;
    double passed_ = 0, failed_;
};

}  // namespace baleen::cli::ndr
