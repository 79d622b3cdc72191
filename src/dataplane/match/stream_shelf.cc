// Streams that wait for their next segment while others want their memory: their state is
// compressed and put aside, and unpacked when the segment comes.
//
// Which: the first found that has not been scanned since the last time somebody looked (a clock, as
// for pages), among those of the same ruleset. Hyperscan's state is mostly empty: half of the
// memory, in blocks of a fourth, holds four times as many streams as the other half.
#include "dataplane/match/matcher.h"

namespace baleen::match {
namespace {

using stats::Counter;

// Contexts looked at for one that is idle. With all of them busy there is none, and to look at more
// would cost what a scan costs.
constexpr uint32_t looks_max = 64;

}  // namespace

// Opens the side's stream, or gets it back from the shelf. Null: there is no memory for it.
hs_stream_t* Matcher::stream_of(FlowScan& scan, ScanSide& side, uint32_t database) {
    WorkerRules& rules = *scan.rules;
    side.is_recent = true;
    if (side.stream != nullptr) return side.stream;
    const StreamMemory::Use use(rules.memory);
    for (uint32_t attempt = 0; attempt < 2; attempt++) {
        const hs_error_t code =
            side.shelf == BlockPool::none
                ? ::hs_open_stream(rules.generation.database(database), 0, &side.stream)
                : ::hs_expand_stream(rules.generation.database(database), &side.stream,
                                     reinterpret_cast<const char*>(rules.shelf.at(side.shelf)),
                                     side.shelf_bytes);
        if (code == HS_SUCCESS) {
            leave_shelf(rules, side);
            return side.stream;
        }
        side.stream = nullptr;
        if (!shelve_idle(rules)) break;
    }
    return nullptr;
}

void Matcher::leave_shelf(WorkerRules& rules, ScanSide& side) {
    if (side.shelf != BlockPool::none) rules.shelf.give_back(side.shelf);
    side.shelf = BlockPool::none;
}

// Puts one stream aside. False: none could be.
bool Matcher::shelve_idle(WorkerRules& rules) {
    const uint32_t contexts = memory_.reassembler.high_water();
    for (uint32_t looks = 0; looks < looks_max && contexts > 0; looks++) {
        shelf_hand_ = (shelf_hand_ + 1) % contexts;
        FlowScan& scan = scans_[shelf_hand_];
        if (scan.rules != &rules) continue;
        for (ScanSide& side : scan.sides) {
            if (side.stream == nullptr) continue;
            if (!std::exchange(side.is_recent, false) && shelve(rules, side)) return true;
        }
    }
    return false;
}

bool Matcher::shelve(WorkerRules& rules, ScanSide& side) {
    const uint32_t block = rules.shelf.take();
    if (block == BlockPool::none) return false;
    size_t used = 0;
    const hs_error_t code =
        ::hs_compress_stream(side.stream, reinterpret_cast<char*>(rules.shelf.at(block)),
                             rules.shelf.block_bytes(), &used);
    if (code != HS_SUCCESS) {  // more state than a block holds
        rules.shelf.give_back(block);
        return false;
    }
    ::hs_close_stream(std::exchange(side.stream, nullptr), nullptr, nullptr, nullptr);
    side.shelf = block;
    side.shelf_bytes = static_cast<uint32_t>(used);
    counters_[Counter::match_shelved]++;
    return true;
}

}  // namespace baleen::match
