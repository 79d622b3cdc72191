// The slices of a store as one question sees them: their times, which are looked up once for those
// that are sealed, and a bounded number of them open.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "control/store/slice_list.h"
#include "control/store/slice_reader.h"

namespace baleen::store {

class SliceSet {
public:
    // `query` and `watch` stay as long as the set.
    SliceSet(const std::string& directory, const Query& query, Watch& watch);

    uint32_t size() const { return static_cast<uint32_t>(slices_.size()); }

    // What is asked next sees what slices hold from now on.
    void look_again();
    // False: none of the slice's records can be within `wanted`, or it cannot be read.
    bool can_hold(uint32_t index, const Times& wanted);
    // After can_hold() has said so.
    const Times& times(uint32_t index) const { return slices_[index].times; }
    // nullptr: it cannot be read, which is a problem now. Valid until the next call.
    SliceReader* reader(uint32_t index);
    // The slice is given up.
    void fail(uint32_t index, const base::Error& error);

    const std::vector<std::string>& problems() const { return problems_; }
    uint64_t opened() const { return opened_; }

private:
    struct Slice {
        SliceFile file;
        std::unique_ptr<SliceReader> reader;
        SliceStamp stamp;
        Times times;
        bool has_times = false;
        bool is_fresh = false;  // the reader has looked since look_again()
        bool is_broken = false;
        uint64_t used = 0;  // when, as a count of uses
    };
    SliceReader* open(Slice& slice);
    void close_one();

    const Query* query_;
    Watch* watch_;
    std::vector<Slice> slices_;
    std::vector<std::string> problems_;
    uint64_t uses_ = 0;
    uint64_t opened_ = 0;
    uint32_t open_now_ = 0;
};

}  // namespace baleen::store
