// What Hyperscan alone has to do with a capture: the bytes that the match stage scans, in the same
// order, by the same databases, with callbacks that only count.
#pragma once

#include <hs/hs_runtime.h>

#include <deque>
#include <vector>

#include "dataplane/match/generation.h"
#include "measure/match_flows.h"

namespace baleen::measure {

// One call of Hyperscan.
struct Piece {
    static constexpr uint32_t no_stream = UINT32_MAX;

    const uint8_t* data;
    uint32_t bytes;
    uint32_t stream;  // no_stream: a block
    bool after_gap;   // of a stream: what came before does not lead up to it
};

struct ScanList {
    std::vector<Piece> pieces;
    std::deque<std::vector<uint8_t>> copies;  // of what had come out of order
    uint64_t bytes = 0;
    uint32_t stream_count = 0;
};

// Plays the capture once. `streams`: TCP is put in order as `settings` say; else packets only.
base::Result<ScanList> list_pieces(std::vector<packet::Packet> packets,
                                   const dataplane::WorkerSettings& settings, bool streams);

class BareScan {
public:
    // Both outlive it. Streams are closed at the end of a round and opened anew in the next one.
    BareScan(const ScanList& list, match::WorkerRules& rules);

    void play_round();
    uint64_t hits() const { return hits_; }

private:
    const ScanList& list_;
    match::WorkerRules& rules_;
    const hs_database_t* block_ = nullptr;
    const hs_database_t* stream_ = nullptr;
    std::vector<hs_stream_t*> streams_;
    uint64_t hits_ = 0;
};

}  // namespace baleen::measure
