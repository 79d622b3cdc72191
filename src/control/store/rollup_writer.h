// Roll-ups into a slice: the largest rows of each bucket (level, dimension, start), the others as
// one.
//
// Must hold: a bucket's rows add up to all that was written of it, and there are never more of them
// than rows_max() says. So a row's sums are what is known of its key, at least; the rest of it may
// be among the others, if it has not been among the largest all the time.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "control/store/database.h"
#include "control/store/rollup_rows.h"
#include "control/store/rollup_span.h"

namespace baleen::store {

// Keys that one writing adds to a bucket of `records` records: one for 64, so that they cost a
// fortieth of the records' room at most (three levels, hosts and pairs, 75 bytes each), and
// what few records tell is read from them as fast. Beyond, the largest of a second are what a live
// view shows (10 to 50), of a minute what it takes to find a host by, and of an hour 4096 x 2
// dimensions x 75 bytes are 0.6 MB, a thousandth of the hour's records at 1000 a second.
uint32_t rollup_keys_kept(Level level, uint64_t records);
// A bucket that is written often has more; beyond four times as many it is cut to two times. Both
// writings and cuts touch a quarter of the rows or more, so that each row costs a few visits.
inline uint32_t rollup_rows_max(Level level) { return 4 * rollup_keys_kept(level, UINT64_MAX); }

class RollupWriter {
public:
    static base::Result<RollupWriter> open(Database& database);

    // In the open transaction.
    base::Status write(Database& database, Level level, int64_t start_ns, const RollupSpan& span);

private:
    struct Candidate {
        uint64_t bytes;
        uint32_t index;
    };

    base::Status write_total(Database& database, const RollupBucket& bucket, const Sums& sums);
    template <size_t key_bytes>
    base::Status write_keys(Database& database, const RollupBucket& bucket,
                            const RollupTable<key_bytes>& table);
    bool is_new(const RollupBucket& bucket) const;
    base::Status put(Database& database, bool is_new, const RollupBucket& bucket,
                     std::span<const uint8_t> key, const Sums& sums);
    base::Status count(Database& database, const RollupBucket& bucket, uint64_t written);
    base::Result<uint64_t> rows_of(Database& database, const RollupBucket& bucket);
    base::Status cut(Database& database, const RollupBucket& bucket);

    static constexpr size_t counted_max = 16 * 1024;

    std::vector<Candidate> candidates_;
    RollupRows rows_;
    // At most so many rows do buckets have in the slice; those from `uncounted_from_` on that stand
    // not here have none, others are counted when they are written to.
    std::map<RollupBucket, uint64_t> counts_;
    std::array<int64_t, level_ns.size()> uncounted_from_{};
};

}  // namespace baleen::store
