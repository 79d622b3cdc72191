// Makes FILE.index out of FILE.index.log: all postings in rising order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "packets/index_format.h"

namespace baleen::packets {

// Sorted at a time: two arrays of 32 MiB. More of them are sorted in parts, by ranges of keys.
inline constexpr uint64_t postings_at_once = 4u << 20;

// Leaves the log where it is.
base::Status seal_index(const std::string& packets_path, uint64_t file_bytes,
                        uint64_t at_once = postings_at_once);

// Postings in the order of their chunks, sorted by key; `room` is scratch.
void sort_postings(std::vector<Posting>& postings, std::vector<Posting>& room);

}  // namespace baleen::packets
