// Waiting flows into the roll-ups of a slice: added up in the order of time, so that of each level
// one span is open. What a second has goes to its minute when it is written, and a minute to its
// hour.
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "control/store/rollup_span.h"
#include "control/store/rollup_writer.h"

namespace baleen::store {

class RollupSpans {
public:
    explicit RollupSpans(std::shared_ptr<RollupPool> pool)
        : pool_(std::move(pool)), spans_{RollupSpan(pool_), RollupSpan(pool_), RollupSpan(pool_)} {}

    // In the open transaction: everything is written that `flows` say.
    base::Status write(Database& database, RollupWriter& writer,
                       const PooledList<RollupFlow>& flows);

private:
    // Spans of levels up to `level` are written, and are open no longer.
    base::Status end(Database& database, RollupWriter& writer, Level level);
    size_t bytes() const;

    std::shared_ptr<RollupPool> pool_;
    std::array<RollupSpan, level_ns.size()> spans_;
    std::array<int64_t, level_ns.size()> starts_ns_{};
};

}  // namespace baleen::store
