// The matcher beside bare Hyperscan on the payload of a capture: one case, that is, one set of
// patterns in one mode, and its figures.
//
// How: all contenders in turn, in slices of whole rounds of the capture; a figure is the median of
// the slices, a ratio the median of the slices' ratios. Bare Hyperscan gets the same bytes by as
// many calls (match_scan.h).
//   block     the match stage, of which every packet is scanned by itself
//   stream    the match stage on TCP alone: put in order, scanned as streams
//   pipeline  the whole worker; TCP as streams, the rest as packets
// Of the first two only the match stage's own time counts, that of closing streams when flows end
// included.
#pragma once

#include "base/mapping.h"
#include "drivers/synth/capture_loop.h"
#include "measure/synth_case.h"

namespace baleen::measure {

enum class MatchMode { block, stream, pipeline };

struct MatchFigures {
    // Of one round.
    uint64_t packets, streams, bytes, scanned_bytes, hits, bare_hits;
    double gbps, bare_gbps, ratio;
    // Pipeline: millions of packets a second, with rules, with a matcher that has none, without.
    double mpps, no_rules_mpps, no_matcher_mpps;
    // Flows and streams for which there was no memory; not 0: the figures tell something else.
    uint64_t shortages;
};

// `image`: of rules for any port, with patterns looked for in packets (block) or streams.
base::Result<MatchFigures> measure_match(MatchMode mode, const drivers::CaptureMemory& capture,
                                         base::Mapping image, const Effort& effort);

}  // namespace baleen::measure
