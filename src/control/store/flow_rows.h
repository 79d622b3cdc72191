// All flow records of a slice of any version, whole, in the order of their rows: for those who
// copy, check or read them back. (Questions read less: slice_reader.h.)
//
// Must hold: the database is in a transaction, as long as rows are read: rows move into blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/store/column_block.h"
#include "control/store/database.h"
#include "control/store/flow_blocks.h"

namespace baleen::store {

struct FlowRow {
    int64_t number = 0;  // 0: rows of version 4 have none
    int64_t run = 0;
    int64_t first_ns = 0;
    int64_t last_ns = 0;
    std::span<const uint8_t> record;  // until the next one; to be checked
};

class FlowRows {
public:
    // Those with numbers from `first_row` on.
    static base::Result<FlowRows> open(Database& database, int64_t first_row = 1);

    // False: there are no more, or status() tells why.
    bool next(FlowRow& row);
    const base::Status& status() const { return status_; }
    // Of the first block that was passed over because it makes no sense; empty: none was.
    const std::string& problem() const { return problem_; }

private:
    bool next_stored(FlowRow& row);
    void next_of_block(FlowRow& row);
    void look_for_block();
    void begin_block();
    void note(std::string problem);

    Database* database_ = nullptr;
    Statement rows_;
    FlowBlocks blocks_;
    bool has_blocks_ = false;
    int64_t at_ = 1;                  // rows in front of it have been given
    std::optional<FlowBlock> block_;  // the next one, or the one that is read
    bool in_block_ = false;
    std::vector<FlowImage> images_;  // some of the block's, the first of them this one's:
    uint32_t images_from_ = 0;
    SectionReader sections_;
    JoinedRecord joined_;
    base::Status status_ = base::Ok{};
    std::string problem_;
};

}  // namespace baleen::store
