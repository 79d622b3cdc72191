#include "control/store/rollup_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace baleen::store {
namespace {

constexpr std::array<uint64_t, level_ns.size()> keys_min = {1, 64, 256};
constexpr std::array<uint64_t, level_ns.size()> keys_max = {64, 1024, 4096};
// A row costs as much as a record does. So where few records come (a capture of hours is read in
// seconds, and has them all as spans of its own) few rows are made of them: of four dimensions a
// sixteenth of the records, at each level. Their tops are read from the records themselves
// (Scope::few_rows).
constexpr uint64_t records_per_key = 64;

constexpr const char* insert_sql = "INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* or_add_sql =
    " ON CONFLICT (level, dimension, start_ns, key) DO UPDATE SET "
    "flows = flows + excluded.flows, records = records + excluded.records, "
    "packets_out = packets_out + excluded.packets_out, "
    "packets_in = packets_in + excluded.packets_in, "
    "bytes_out = bytes_out + excluded.bytes_out, bytes_in = bytes_in + excluded.bytes_in";

size_t number_of(Level level) { return static_cast<size_t>(level); }

Sums read_sums(const Statement& statement) {
    const auto column = [&](int index) {
        return static_cast<uint64_t>(statement.column_int(index));
    };
    return {column(0), column(1), column(2), column(3), column(4), column(5)};
}

}  // namespace

uint32_t rollup_keys_kept(Level level, uint64_t records) {
    return static_cast<uint32_t>(std::clamp(records / records_per_key, keys_min[number_of(level)],
                                            keys_max[number_of(level)]));
}

base::Result<RollupWriter> RollupWriter::open(Database& database) {
    RollupWriter writer;
    auto insert = database.prepare(insert_sql);
    if (!insert) return insert.error();
    writer.insert_ = std::move(*insert);
    auto upsert = database.prepare(std::string(insert_sql) + or_add_sql);
    if (!upsert) return upsert.error();
    writer.upsert_ = std::move(*upsert);
    auto newest =
        database.prepare("SELECT max(start_ns) + 1 FROM rollup WHERE level = ? AND dimension = 0");
    if (!newest) return newest.error();
    for (size_t level = 0; level < level_ns.size(); level++) {
        if (newest->bind(1, static_cast<int64_t>(level)).step() != SQLITE_ROW)
            return database.error("does not tell what is rolled up");
        writer.uncounted_from_[level] = newest->column_int(0);
        newest->reset();
    }
    return writer;
}

base::Status RollupWriter::write(Database& database, Level level, const RollupTable& table) {
    Buckets buckets;
    std::array<Buckets::iterator, dimension_count> last;
    last.fill(buckets.end());
    for (uint32_t i = 0; i < table.size(); i++) {
        const RollupRow& row = table[i];
        const int64_t start_ns = row.start_ns - row.start_ns % level_ns[number_of(level)];
        auto& bucket = last[static_cast<size_t>(row.dimension)];
        if (bucket == buckets.end() || bucket->first.start_ns != start_ns)
            bucket = buckets.try_emplace({row.dimension, start_ns}).first;
        bucket->second.sums.add(row.sums);
        bucket->second.candidates.push_back({row.sums.bytes(), i});
    }
    for (auto& [bucket, rows] : buckets)
        if (auto status = write_bucket(database, level, bucket, rows, table); !status)
            return status;
    while (rows_.size() > counted_max) {
        auto& [place, rows] = *rows_.begin();
        auto& from = uncounted_from_[number_of(std::get<Level>(place))];
        from = std::max(from, std::get<int64_t>(place) + 1);
        rows_.erase(rows_.begin());
    }
    return base::Ok{};
}

base::Status RollupWriter::write_bucket(Database& database, Level level, const Bucket& bucket,
                                        Rows& rows, const RollupTable& table) {
    auto& candidates = rows.candidates;
    const uint32_t kept = rollup_keys_kept(level, rows.sums.records);
    const auto is_before = [&](const Candidate& a, const Candidate& b) {
        return table[a.index].key_bytes < table[b.index].key_bytes;
    };
    const bool has_others = candidates.size() > kept;
    if (has_others) {
        std::nth_element(candidates.begin(), candidates.begin() + kept, candidates.end(),
                         [&](const Candidate& a, const Candidate& b) {
                             return a.bytes != b.bytes ? a.bytes > b.bytes : is_before(a, b);
                         });
        candidates.resize(kept);
    }
    // By key, so that neighbours in the slice are written one after the other.
    std::sort(candidates.begin(), candidates.end(), is_before);
    // Most buckets are new; then nothing needs to be looked up.
    Statement& statement = is_empty(level, bucket) ? insert_ : upsert_;
    for (const Candidate& candidate : candidates) {
        const RollupRow& row = table[candidate.index];
        rows.sums.subtract(row.sums);
        if (auto status = put(statement, database, level, bucket,
                              std::span(row.key_bytes).first(row.key_size), row.sums);
            !status)
            return status;
    }
    if (has_others)
        if (auto status = put(upsert_, database, level, bucket, {}, rows.sums); !status)
            return status;
    return count(database, level, bucket, candidates.size());
}

base::Status RollupWriter::put(Statement& statement, Database& database, Level level,
                               const Bucket& bucket, std::span<const uint8_t> key,
                               const Sums& sums) {
    // No bytes at no address would be NULL.
    static constexpr uint8_t no_key = 0;
    const auto number = [](uint64_t value) { return static_cast<int64_t>(value); };
    statement.bind(1, static_cast<int64_t>(level))
        .bind(2, static_cast<int64_t>(bucket.dimension))
        .bind(3, bucket.start_ns)
        .bind(4, key.empty() ? std::span(&no_key, 0) : key)
        .bind(5, number(sums.flows))
        .bind(6, number(sums.records))
        .bind(7, number(sums.packets_out))
        .bind(8, number(sums.packets_in))
        .bind(9, number(sums.bytes_out))
        .bind(10, number(sums.bytes_in));
    const int code = statement.step();
    statement.reset();
    if (code != SQLITE_DONE) return database.error("cannot add up records");
    return base::Ok{};
}

bool RollupWriter::is_empty(Level level, const Bucket& bucket) const {
    return bucket.start_ns >= uncounted_from_[number_of(level)] &&
           !rows_.contains({level, bucket.dimension, bucket.start_ns});
}

base::Status RollupWriter::count(Database& database, Level level, const Bucket& bucket,
                                 uint64_t written) {
    const Place place{level, bucket.dimension, bucket.start_ns};
    auto known = rows_.find(place);
    if (known == rows_.end()) {
        uint64_t rows = written;
        if (bucket.start_ns < uncounted_from_[number_of(level)]) {
            const auto counted = rows_of(database, level, bucket);
            if (!counted) return counted.error();
            rows = *counted;
        }
        known = rows_.emplace(place, rows).first;
    } else {
        known->second += written;
    }
    if (known->second <= rollup_rows_max(level)) return base::Ok{};
    // Keys that it had before have been counted again.
    auto rows = rows_of(database, level, bucket);
    if (rows && *rows > rollup_rows_max(level)) {
        if (auto status = cut(database, level, bucket); !status) return status;
        rows = rows_of(database, level, bucket);
    }
    if (!rows) return rows.error();
    known->second = *rows;
    return base::Ok{};
}

base::Result<uint64_t> RollupWriter::rows_of(Database& database, Level level,
                                             const Bucket& bucket) {
    auto rows = database.prepare(
        "SELECT count(*) FROM rollup WHERE level = ? AND dimension = ? AND start_ns = ?");
    if (!rows) return rows.error();
    rows->bind(1, static_cast<int64_t>(level))
        .bind(2, static_cast<int64_t>(bucket.dimension))
        .bind(3, bucket.start_ns);
    if (rows->step() != SQLITE_ROW) return database.error("does not tell how much it has");
    return static_cast<uint64_t>(rows->column_int(0));
}

// The smallest go to the others, but for twice as many as one writing adds.
base::Status RollupWriter::cut(Database& database, Level level, const Bucket& bucket) {
    const std::string in_bucket = fmt::format(
        " FROM rollup WHERE level = {} AND dimension = {} AND start_ns = {} AND key != x''",
        static_cast<int>(level), static_cast<int>(bucket.dimension), bucket.start_ns);
    const uint32_t kept = 2 * rollup_keys_kept(level, UINT64_MAX);
    auto smallest = database.prepare(
        fmt::format("SELECT bytes_out + bytes_in, key{} ORDER BY 1 DESC, 2 DESC LIMIT 1 OFFSET {}",
                    in_bucket, kept));
    if (!smallest) return smallest.error();
    if (smallest->step() != SQLITE_ROW) return database.error("cannot be cut");
    const std::string small = fmt::format("{} AND (bytes_out + bytes_in, key) <= ({}, ?)",
                                          in_bucket, smallest->column_int(0));
    const auto key = smallest->column_blob(1);
    const std::vector<uint8_t> largest_cut(key.begin(), key.end());
    smallest->reset();

    auto sum = database.prepare(
        "SELECT sum(flows), sum(records), sum(packets_out), sum(packets_in), sum(bytes_out), "
        "sum(bytes_in)" +
        small);
    if (!sum) return sum.error();
    if (sum->bind(1, largest_cut).step() != SQLITE_ROW) return database.error("cannot be cut");
    const Sums others = read_sums(*sum);
    sum->reset();
    auto remove = database.prepare("DELETE" + small);
    if (!remove) return remove.error();
    if (remove->bind(1, largest_cut).step() != SQLITE_DONE) return database.error("cannot be cut");
    return put(upsert_, database, level, bucket, {}, others);
}

}  // namespace baleen::store
