// What the matcher keeps of a TCP flow whose streams it scans. The reassembler's context of the
// same number puts the bytes in order.
#pragma once

#include <hs/hs_runtime.h>

#include <array>
#include <cstdint>

#include "dataplane/match/generation.h"
#include "dataplane/stream/kept_bytes.h"

namespace baleen::match {

using stream::BlockPool;
using stream::Kept;

// A rule whose pattern was seen in a direction, and whose steps are, or were, still to be judged.
struct Watched {
    uint32_t rule;
    uint32_t judged_bytes : 30;  // how many there were the last time
    uint32_t direction : 1;
    uint32_t is_decided : 1;
};
static_assert(sizeof(Watched) == 8);

struct ScanSide {
    hs_stream_t* stream = nullptr;  // opened with the first byte
    Kept kept;
    uint64_t scan_begin = 0;           // in the direction's stream, where Hyperscan's begins
    uint32_t shelf = BlockPool::none;  // where its state lies, compressed, while it is idle
    uint32_t shelf_bytes = 0;
    uint16_t group = 0;
    bool is_done = false;       // nothing more is scanned
    bool is_recent = false;     // scanned since the clock came by
    bool is_blockwise = false;  // no memory for a stream: each chunk by itself
    bool has_gap = false;
    bool has_lost = false;  // not all bytes are kept
};

// Rules watched at a time in both directions of a flow, as many as four cache lines hold. One that
// is not is counted.
inline constexpr uint32_t watched_max = 18;

struct alignas(64) FlowScan {
    WorkerRules* rules;
    uint32_t flow;
    uint32_t watched_count;
    std::array<ScanSide, 2> sides;  // by direction
    std::array<Watched, watched_max> watched;
};
static_assert(sizeof(FlowScan) == 256);

}  // namespace baleen::match
