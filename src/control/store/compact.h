// Slices that are done with, made as small and as quick to ask as they can be.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "control/store/digest.h"

namespace baleen::store {

struct Compaction {
    bool is_in_use = false;  // by another process; nothing is done then
    int64_t version_before = 0;
    uint64_t bytes_before = 0;
    uint64_t bytes_after = 0;
};

// Of the version that this program writes, rolled up from its first row, with all indexes, without
// a write-ahead log and without gaps: a copy of it takes its place. Whatever goes wrong, the slice
// is as it was.
base::Result<Compaction> compact_slice(const std::string& path, DigestOptions options = {});

}  // namespace baleen::store
