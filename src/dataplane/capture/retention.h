// Deletes the oldest files of packets when there are too many bytes of them, when they are too old,
// or when the disk has too little left.
//
// Must hold: only files named as file_name() does, with their indexes, in this folder; never one
// that somebody holds open to write it, in this process or another (DirectFile locks it).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace baleen::capture {

struct RetentionLimits {
    uint64_t bytes;       // of all files together, with those being written
    int64_t age_ns;       // since the file was written to; base::duration_off: any
    uint64_t free_bytes;  // that the disk should have left; 0: none
};

// Sentences about what was deleted and why, one for each limit.
std::vector<std::string> retain(const std::string& directory, const RetentionLimits& limits);

}  // namespace baleen::capture
