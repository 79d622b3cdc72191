// One time slice of the store: a SQLite file with the records whose flow ended within it, and the
// events that happened within it.
//
// Why records as they are: they are read back bit for bit, and a new field needs no new schema.
// Filters run on records, not on columns of SQL (filter/). Flows stand in blocks (flow_writer.h),
// events in rows, beside them what they are looked up by: time, flow, rule or application protocol.
// Those rows are appended as they come, and get their indexes at the end, all at once: for keys in
// no order that costs a seventh of keeping them up to date.
//
// Must hold: a frame delivered twice is stored once. Frames of a worker come with rising numbers,
// and are delivered again from some number on, so one number tells which of them a slice has: the
// next that it expects, kept for each worker and written in the transaction of the rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "baleen/record.h"
#include "control/store/database.h"
#include "control/store/digest.h"
#include "record/app_event.h"
#include "record/match.h"

namespace baleen::store {

// What the column `type` of an event says: the frame it came in (ring::FrameType).
enum class EventType : uint16_t { alert = 2, application = 3 };

// Where a record comes from; unique for all time.
struct Origin {
    uint64_t run_id;
    uint32_t worker;
    uint64_t sequence;
};

class Slice {
public:
    // Creates the file if there is none.
    static base::Result<Slice> open(const std::string& path, const DigestOptions& options = {});

    // Names of the ports of a run, in the order of record::FlowRecord::port_index.
    base::Status add_run(uint64_t run_id, int64_t start_ns, const std::string& port_names);
    bool knows_run(uint64_t run_id) const { return known_run_ == run_id; }

    // Nothing of a frame that the slice has. After an error: roll_back().
    base::Status insert(const Origin& origin, const record::FlowRecord& record);
    base::Status insert(const Origin& origin, const record::Match& match);
    base::Status insert(const Origin& origin, const record::AppMessage& message);
    // Everything inserted since the last commit becomes durable, or (roll_back) is forgotten.
    base::Status commit();
    void roll_back();
    // Flows that fill no block yet, and that a commit would write as rows.
    bool has_rows_waiting() const { return digest_.has_rows_waiting(); }
    bool is_due() const { return digest_.is_due(); }
    // Nothing was inserted between the last two commits.
    bool is_idle() const { return idle_; }
    // Something has failed because the file is damaged.
    bool is_damaged() const { return database_.is_damaged(); }

    // Builds an index that is missing. False: none is, or the disk does not take it; what has no
    // index is found more slowly. No transaction may be open.
    bool build_index();
    // With all its roll-ups and indexes, and one file: the write-ahead log is truncated into it.
    void seal();

private:
    base::Status begin();
    bool write_rollups();
    // False: the slice has the frame.
    base::Result<bool> expects(const Origin& origin);
    base::Result<uint64_t> read_next(const Origin& origin);
    base::Status write_next();
    base::Status insert_unnumbered(const Origin& origin, const record::FlowRecord& record,
                                   std::span<const uint8_t> bytes);
    // `key`: the rule, or the protocol.
    base::Status insert_event(const Origin& origin, EventType type, int64_t time_ns,
                              uint64_t flow_id, uint32_t key, std::span<const uint8_t> bytes);

    Database database_;
    Statement insert_;
    Statement insert_event_;
    Digest digest_;
    bool in_transaction_ = false;
    bool idle_ = false;
    uint64_t known_run_ = 0;
    size_t indexes_built_ = 0;
    // By run and worker, of this transaction.
    std::map<std::pair<uint64_t, uint32_t>, uint64_t> next_;
};

// "flows-20240501T120000Z.sqlite", and back; the start in ns, or -1 if the name is none.
std::string slice_file_name(int64_t start_ns);
int64_t slice_start_ns(const std::string& file_name);

}  // namespace baleen::store
