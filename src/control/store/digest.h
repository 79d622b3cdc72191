// What a slice has so that questions need not read all its rows: flows in blocks (flow_writer.h),
// times of blocks (block_ranges.h) and roll-ups (rollup.h).
//
// Owns: flows that are in no roll-up yet. Rows are never waiting for them: what is in memory only
// is read back from the slice (`rolled_up_row` tells from where) after a crash, and after a
// roll-back as well, so that there is one way to be right.
//
// Must hold: what is written stands in the transaction of the rows, or a later one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "baleen/record.h"
#include "control/store/block_ranges.h"
#include "control/store/database.h"
#include "control/store/flow_writer.h"
#include "control/store/rollup_flow.h"
#include "control/store/rollup_pool.h"
#include "control/store/rollup_writer.h"

namespace baleen::store {

struct DigestOptions {
    bool roll_up = true;
    int64_t interval_ns = 5'000'000'000;
    // A slice that a version without roll-ups has begun is rolled up from its beginning if it has
    // no more rows than are read in a second or two; else from here on.
    int64_t rows_read_back_max = 1'000'000;
    std::shared_ptr<RollupPool> pool = std::make_shared<RollupPool>();
};

class Digest {
public:
    explicit Digest(const DigestOptions& options = {})
        : options_(options), waiting_(options.pool) {}

    // In a transaction that has just begun: catches up with the rows that are there. Cheap if it
    // has before, and no other process has written since.
    base::Status begin(Database& database);

    // Whether rows have numbers: not those of version 4, which are others' to insert.
    bool has_numbers() const { return has_numbers_; }
    // Stores a row; `image` and `sections` are those of `record`.
    base::Status add_flow(Database& database, const FlowImage& image,
                          std::span<const uint8_t> sections, const record::FlowRecord& record);
    // Of a row that has just been inserted.
    base::Status add_event(Database& database, int64_t time_ns);

    bool has_rows_waiting() const { return flows_.has_rows_waiting(); }
    // It is time to write roll-ups.
    bool is_due() const;
    // In the transaction, before it ends: rows and their times; roll-ups if they are due, or `all`.
    base::Status write(Database& database, bool all);

    // Nothing that was added counts: the transaction is rolled back.
    void forget();

private:
    using Clock = std::chrono::steady_clock;

    base::Result<int64_t> read_data_version(Database& database);
    base::Status catch_up(Database& database);
    base::Status catch_up_flows(Database& database);
    base::Status catch_up_events(Database& database);
    base::Status roll_up(Database& database, int64_t row, const record::FlowRecord& record);
    base::Status write_rollups(Database& database);

    DigestOptions options_;
    bool caught_up_ = false;
    int64_t data_version_ = 0;
    Statement data_version_query_;
    bool has_numbers_ = false;
    BlockRanges<2> flow_blocks_;
    BlockRanges<1> event_blocks_;
    FlowWriter flows_;
    PooledList<RollupFlow> waiting_;
    RollupWriter writer_;
    int64_t rolled_up_row_ = 0;  // with those that wait
    Clock::time_point first_waiting_;
};

}  // namespace baleen::store
