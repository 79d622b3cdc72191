// What looking into flows costs: the whole worker on a capture out of memory, with the parsers of
// application protocols and without, in turn.
#pragma once

#include "base/result.h"
#include "drivers/synth/capture_loop.h"
#include "measure/synth_case.h"

namespace baleen::measure {

struct ProtocolFigures {
    // Of one round.
    uint64_t packets, bytes, flows, events;
    double off_mpps, on_mpps;
    double time_ratio;  // of a packet's time, on to off; the median of the slices' ratios
    // With nDPI as well: the flows that it is asked about, and what each of them costs beside.
    uint64_t ndpi_asked;
    double ndpi_ns_per_flow;
    // Flows for which there was no memory, and events not told; not 0: the figures tell something
    // else.
    uint64_t shortages;
};

base::Result<ProtocolFigures> measure_protocols(const drivers::CaptureMemory& capture,
                                                const Effort& effort, bool with_ndpi);

}  // namespace baleen::measure
