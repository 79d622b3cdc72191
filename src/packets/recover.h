// Makes a file of packets whole again whose writer died: what is whole of it stays, what is not
// goes, and it gets its index.
//
// Must hold: a file that is whole, or that somebody writes, is not touched. Whenever this is
// killed, the file has all that was whole in it: it is cut behind that, or replaced (rename) by a
// copy that is on the disk already.
#pragma once

#include <string>

#include "base/result.h"

namespace baleen::packets {

struct Recovery {
    enum class Done : uint8_t {
        nothing,    // it is whole
        indexed,    // only the index was missing
        truncated,  // behind the last whole packet
        rewritten,  // without what is damaged in its middle
    } done = Done::nothing;
    uint64_t packets_kept = 0;
    uint64_t bytes_kept = 0;
    uint64_t bytes_dropped = 0;
    uint64_t packets_missing = 0;  // that the log of its index knows of
    uint64_t chunks_from_log = 0;  // whose keys the log had
    uint64_t chunks_parsed = 0;    // whose packets were parsed again for them
};

base::Result<Recovery> recover(const std::string& path);

}  // namespace baleen::packets
