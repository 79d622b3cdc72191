// Makes FILE.index out of FILE.index.log: all postings in rising order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "packets/index_format.h"

namespace baleen::packets {

// Sorted at a time: 64 MiB. Of more of them the log is read several times, for a part of the keys
// each.
inline constexpr uint64_t postings_at_once = 8u << 20;

// Leaves the log where it is.
base::Status seal_index(const std::string& packets_path, uint64_t file_bytes,
                        uint64_t at_once = postings_at_once);

// Sorts postings that stand in the order of their chunks and whose keys share their highest 11
// bits. They are where it says then: where they were, or in `scratch`.
std::span<Posting> sort_bucket(std::span<Posting> postings, std::vector<Posting>& scratch);

}  // namespace baleen::packets
