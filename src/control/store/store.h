// The store's writing side: routes records to their time slices, commits batches, deletes what is
// too old, puts aside what is damaged.
//
// Must hold: a record's slice depends on the record alone (the hour its flow ended in, or the event
// happened in), so a record delivered again after a restart meets itself. After a failed commit
// nothing of the batch is kept; the caller delivers it again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"
#include "control/store/slice.h"

namespace baleen::store {

class Store {
public:
    // Creates the folder if there is none.
    static base::Result<Store> open(const std::string& directory,
                                    const config::Settings::Store& settings);

    // Tells all later inserts which run they belong to.
    void set_run(uint64_t run_id, int64_t start_ns, std::string port_names);

    base::Status insert(const Origin& origin, const record::FlowRecord& record);
    base::Status insert(const Origin& origin, const record::Match& match);
    base::Status insert(const Origin& origin, const record::AppMessage& message);
    base::Status commit();
    // A commit now would cost more than one that ends with a block.
    bool has_rows_waiting() const;
    // Roll-ups have waited long enough: a commit is due even if nothing was inserted.
    bool is_due() const;
    void roll_back();

    // Behind each commit: finishes slices in which nothing happens any more, since newer ones have
    // begun, and those that a process which died has left. One step of one slice, so that a ring
    // does not wait for all of them.
    void seal_idle();

    // Deletes the oldest slices beyond the budgets; returns a sentence for each. Cheap; called once
    // a minute.
    std::vector<std::string> retain();

    // At the end, nothing being open: all slices are finished, no write-ahead logs left behind.
    void close();

    // Sentences about slices that were put aside, since the last call.
    std::vector<std::string> take_notices();

private:
    base::Result<Slice*> slice_for(int64_t time_ns);
    int64_t start_of(int64_t time_ns) const;
    std::string path_of(int64_t start_ns) const;
    base::Status noted(int64_t start_ns, const Slice& slice, base::Status status);
    void seal_left();
    bool put_aside(const std::string& path, const std::string& problem);
    template <class Record>
    base::Status insert_at(int64_t time_ns, const Origin& origin, const Record& record);

    std::string directory_;
    config::Settings::Store settings_;
    DigestOptions digest_;
    uint64_t run_id_ = 0;
    int64_t run_start_ns_ = 0;
    std::string port_names_;

    // Live traffic ends within one or two slices; a bounded number stays open, oldest time first
    // out.
    static constexpr size_t open_slices_max = 8;
    std::map<int64_t, Slice> slices_;
    std::map<int64_t, std::string> damaged_;  // until they are closed, and what was wrong
    std::vector<std::string> notices_;
    std::vector<int64_t> left_;  // slices with a write-ahead log at the beginning, but the newest
};

// The folder in use when the configuration names none.
std::string default_directory();
std::string directory_of(const config::Settings::Store& settings);

}  // namespace baleen::store
