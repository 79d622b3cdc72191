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

// Of the bytes that a table has.
std::span<const uint8_t> key_of(Dimension dimension, std::span<const uint8_t> key) {
    if (dimension != Dimension::port) return key;
    const bool has_port = (key[1] | key[2]) != 0;
    return key.first(has_port ? 3 : 0);
}

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
    auto rows = RollupRows::open(database);
    if (!rows) return rows.error();
    writer.rows_ = std::move(*rows);
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

base::Status RollupWriter::write(Database& database, Level level, int64_t start_ns,
                                 const RollupSpan& span) {
    const auto bucket = [&](Dimension dimension) {
        return RollupBucket{level, dimension, start_ns};
    };
    if (auto status = write_total(database, bucket(Dimension::total), span.total()); !status)
        return status;
    if (auto status = write_keys(database, bucket(Dimension::host), span.hosts()); !status)
        return status;
    if (auto status = write_keys(database, bucket(Dimension::port), span.ports()); !status)
        return status;
    if (auto status = write_keys(database, bucket(Dimension::protocol), span.protocols()); !status)
        return status;
    if (auto status = write_keys(database, bucket(Dimension::pair), span.pairs()); !status)
        return status;
    if (auto status = rows_.write(database); !status) return status;
    while (counts_.size() > counted_max) {
        const RollupBucket& oldest = counts_.begin()->first;
        auto& from = uncounted_from_[number_of(oldest.level)];
        from = std::max(from, oldest.start_ns + 1);
        counts_.erase(counts_.begin());
    }
    return base::Ok{};
}

base::Status RollupWriter::write_total(Database& database, const RollupBucket& bucket,
                                       const Sums& sums) {
    if (auto status = put(database, is_new(bucket), bucket, {}, sums); !status) return status;
    return count(database, bucket, 1);
}

template <size_t key_bytes>
base::Status RollupWriter::write_keys(Database& database, const RollupBucket& bucket,
                                      const RollupTable<key_bytes>& table) {
    Sums others;
    candidates_.clear();
    for (uint32_t i = 0; i < table.size(); i++) {
        const auto& row = table[i];
        others.add(row.sums);
        if (!key_of(bucket.dimension, row.key).empty())
            candidates_.push_back({row.sums.bytes(), i});
    }
    const uint32_t kept = rollup_keys_kept(bucket.level, others.records);
    const auto is_before = [&](const Candidate& a, const Candidate& b) {
        return table[a.index].key < table[b.index].key;
    };
    if (candidates_.size() > kept) {
        std::nth_element(candidates_.begin(), candidates_.begin() + kept, candidates_.end(),
                         [&](const Candidate& a, const Candidate& b) {
                             return a.bytes != b.bytes ? a.bytes > b.bytes : is_before(a, b);
                         });
        candidates_.resize(kept);
    }
    // By key, so that neighbours in the slice are written one after the other.
    std::sort(candidates_.begin(), candidates_.end(), is_before);
    // Most buckets are new; then nothing needs to be looked up.
    const bool is_bucket_new = is_new(bucket);
    for (const Candidate& candidate : candidates_) {
        const auto& row = table[candidate.index];
        others.subtract(row.sums);
        const auto key = key_of(bucket.dimension, row.key);
        if (auto status = put(database, is_bucket_new, bucket, key, row.sums); !status)
            return status;
    }
    if (others.records > 0)
        if (auto status = put(database, is_bucket_new, bucket, {}, others); !status) return status;
    return count(database, bucket, candidates_.size());
}

base::Status RollupWriter::put(Database& database, bool is_new, const RollupBucket& bucket,
                               std::span<const uint8_t> key, const Sums& sums) {
    return is_new ? rows_.add_new(database, bucket, key, sums)
                  : rows_.add(database, bucket, key, sums);
}

bool RollupWriter::is_new(const RollupBucket& bucket) const {
    return bucket.start_ns >= uncounted_from_[number_of(bucket.level)] && !counts_.contains(bucket);
}

base::Status RollupWriter::count(Database& database, const RollupBucket& bucket, uint64_t written) {
    auto known = counts_.find(bucket);
    if (known == counts_.end()) {
        uint64_t rows = written;
        if (bucket.start_ns < uncounted_from_[number_of(bucket.level)]) {
            const auto counted = rows_of(database, bucket);
            if (!counted) return counted.error();
            rows = *counted;
        }
        known = counts_.emplace(bucket, rows).first;
    } else {
        known->second += written;
    }
    const uint64_t rows_max = rollup_rows_max(bucket.level);
    if (known->second <= rows_max) return base::Ok{};
    if (auto status = rows_.write(database); !status) return status;
    // Keys that it had before have been counted again.
    auto rows = rows_of(database, bucket);
    if (rows && *rows > rows_max) {
        if (auto status = cut(database, bucket); !status) return status;
        rows = rows_of(database, bucket);
    }
    if (!rows) return rows.error();
    known->second = *rows;
    return base::Ok{};
}

base::Result<uint64_t> RollupWriter::rows_of(Database& database, const RollupBucket& bucket) {
    auto rows = database.prepare(
        "SELECT count(*) FROM rollup WHERE level = ? AND dimension = ? AND start_ns = ?");
    if (!rows) return rows.error();
    rows->bind(1, static_cast<int64_t>(bucket.level))
        .bind(2, static_cast<int64_t>(bucket.dimension))
        .bind(3, bucket.start_ns);
    if (rows->step() != SQLITE_ROW) return database.error("does not tell how much it has");
    return static_cast<uint64_t>(rows->column_int(0));
}

// The smallest go to the others, but for twice as many as one writing adds.
base::Status RollupWriter::cut(Database& database, const RollupBucket& bucket) {
    const std::string in_bucket = fmt::format(
        " FROM rollup WHERE level = {} AND dimension = {} AND start_ns = {} AND key != x''",
        static_cast<int>(bucket.level), static_cast<int>(bucket.dimension), bucket.start_ns);
    const uint32_t kept = 2 * rollup_keys_kept(bucket.level, UINT64_MAX);
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
    return rows_.add(database, bucket, {}, others);
}

}  // namespace baleen::store
