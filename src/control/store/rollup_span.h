// Sums of one span of time, in all dimensions.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "control/store/rollup_flow.h"
#include "control/store/rollup_table.h"

namespace baleen::store {

class RollupSpan {
public:
    explicit RollupSpan(const std::shared_ptr<RollupPool>& pool)
        : hosts_(pool), ports_(pool), protocols_(pool), pairs_(pool) {}

    static constexpr size_t flows_at_once = 8;  // each has two hosts
    // At most `flows_at_once`.
    void add(std::span<const RollupFlow* const> flows);
    void add(const RollupSpan& other);
    // Those of `other` as well, which has none then.
    void take(RollupSpan& other);
    void clear();

    bool is_empty() const { return total_.records == 0; }
    size_t bytes() const {
        return hosts_.bytes() + ports_.bytes() + protocols_.bytes() + pairs_.bytes();
    }
    const Sums& total() const { return total_; }
    const RollupTable<16>& hosts() const { return hosts_; }
    // Keys of zeros: flows without ports.
    const RollupTable<4>& ports() const { return ports_; }
    const RollupTable<4>& protocols() const { return protocols_; }
    const RollupTable<32>& pairs() const { return pairs_; }

private:
    Sums total_;
    RollupTable<16> hosts_;
    RollupTable<4> ports_;
    RollupTable<4> protocols_;
    RollupTable<32> pairs_;
};

}  // namespace baleen::store
