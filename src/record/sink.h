// Whoever wants flow records, or matches, besides the store, such as the live graph.
//
// Records come in batches as the store takes them: a batch that failed is rolled back and delivered
// again, so nothing of it may have been told to anyone before commit().
#pragma once

#include "baleen/record.h"
#include "record/match.h"

namespace baleen::record {

class Sink {
public:
    virtual ~Sink() = default;
    virtual void take(const FlowRecord& record) = 0;
    virtual void take_match(const Match&) {}
    virtual void commit() = 0;
    virtual void roll_back() = 0;
};

}  // namespace baleen::record
