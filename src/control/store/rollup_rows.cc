#include "control/store/rollup_rows.h"

#include <algorithm>
#include <string>
#include <utility>

namespace baleen::store {
namespace {

constexpr int columns = 10;
constexpr const char* row_sql = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* insert_sql = "INSERT INTO rollup VALUES ";
// Whoever inserts several rows may fail in the middle, and has to note what to undo. FAIL: nothing
// of a statement, for all of the transaction is rolled back.
constexpr const char* insert_some_sql = "INSERT OR FAIL INTO rollup VALUES ";
constexpr const char* or_add_sql =
    " ON CONFLICT (level, dimension, start_ns, key) DO UPDATE SET "
    "flows = flows + excluded.flows, records = records + excluded.records, "
    "packets_out = packets_out + excluded.packets_out, "
    "packets_in = packets_in + excluded.packets_in, "
    "bytes_out = bytes_out + excluded.bytes_out, bytes_in = bytes_in + excluded.bytes_in";

}  // namespace

base::Result<RollupRows> RollupRows::open(Database& database) {
    RollupRows rows;
    std::string some = insert_some_sql;
    for (size_t i = 0; i < rows_at_once; i++) some.append(i > 0 ? ", " : "").append(row_sql);
    const std::string one = std::string(insert_sql) + row_sql;
    for (const auto& [statement, sql] :
         {std::pair{&rows.insert_, one}, std::pair{&rows.insert_some_, some},
          std::pair{&rows.upsert_, one + or_add_sql}}) {
        auto prepared = database.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return rows;
}

base::Status RollupRows::add_new(Database& database, const RollupBucket& bucket,
                                 std::span<const uint8_t> key, const Sums& sums) {
    waiting_.push_back(row_of(bucket, key, sums));
    return waiting_.size() < rows_at_once ? base::Ok{} : write(database);
}

base::Status RollupRows::add(Database& database, const RollupBucket& bucket,
                             std::span<const uint8_t> key, const Sums& sums) {
    // It may be one of those that wait.
    if (auto status = write(database); !status) return status;
    const Row row = row_of(bucket, key, sums);
    bind(upsert_, 0, row);
    return step(upsert_, database);
}

base::Status RollupRows::write(Database& database) {
    base::Status status = base::Ok{};
    if (waiting_.size() == rows_at_once) {
        for (size_t i = 0; i < rows_at_once; i++) bind(insert_some_, i, waiting_[i]);
        status = step(insert_some_, database);
    } else {
        for (size_t i = 0; i < waiting_.size() && status; i++) {
            bind(insert_, 0, waiting_[i]);
            status = step(insert_, database);
        }
    }
    waiting_.clear();
    return status;
}

RollupRows::Row RollupRows::row_of(const RollupBucket& bucket, std::span<const uint8_t> key,
                                   const Sums& sums) {
    Row row{bucket, {}, key.size(), sums};
    std::ranges::copy(key, row.key_bytes.begin());
    return row;
}

// `row` must stay until the step is done.
void RollupRows::bind(Statement& statement, size_t place, const Row& row) {
    const auto number = [](uint64_t value) { return static_cast<int64_t>(value); };
    const int before = static_cast<int>(place) * columns;
    statement.bind(before + 1, static_cast<int64_t>(row.bucket.level))
        .bind(before + 2, static_cast<int64_t>(row.bucket.dimension))
        .bind(before + 3, row.bucket.start_ns)
        .bind(before + 4, std::span(row.key_bytes).first(row.key_size))
        .bind(before + 5, number(row.sums.flows))
        .bind(before + 6, number(row.sums.records))
        .bind(before + 7, number(row.sums.packets_out))
        .bind(before + 8, number(row.sums.packets_in))
        .bind(before + 9, number(row.sums.bytes_out))
        .bind(before + 10, number(row.sums.bytes_in));
}

base::Status RollupRows::step(Statement& statement, Database& database) {
    const int code = statement.step();
    statement.reset();
    return code == SQLITE_DONE ? base::Status(base::Ok{}) : database.error("cannot add up records");
}

}  // namespace baleen::store
