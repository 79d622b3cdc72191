// Rows of the table `rollup`, written: such as are not there yet several at a time.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "control/store/database.h"
#include "control/store/rollup.h"

namespace baleen::store {

struct RollupBucket {
    Level level;
    Dimension dimension;
    int64_t start_ns;
    // NOLINTNEXTLINE(modernize-use-nullptr): it takes the zero that is meant for one.
    auto operator<=>(const RollupBucket&) const = default;
};

class RollupRows {
public:
    static base::Result<RollupRows> open(Database& database);

    // A key that the bucket does not have. Behind the last of them: write().
    base::Status add_new(Database& database, const RollupBucket& bucket,
                         std::span<const uint8_t> key, const Sums& sums);
    // To what the bucket has of the key, if anything.
    base::Status add(Database& database, const RollupBucket& bucket, std::span<const uint8_t> key,
                     const Sums& sums);
    // Those that wait.
    base::Status write(Database& database);

private:
    struct Row {
        RollupBucket bucket;
        std::array<uint8_t, 32> key_bytes;
        size_t key_size;
        Sums sums;
    };

    static Row row_of(const RollupBucket& bucket, std::span<const uint8_t> key, const Sums& sums);
    static void bind(Statement& statement, size_t place, const Row& row);
    static base::Status step(Statement& statement, Database& database);

    // PERF: eight rows by one statement take two thirds of the time; more win a few percent.
    static constexpr size_t rows_at_once = 8;
    std::vector<Row> waiting_;
    Statement insert_;
    Statement insert_some_;  // rows_at_once
    Statement upsert_;
};

}  // namespace baleen::store
