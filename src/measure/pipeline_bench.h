// The data plane's worker on packets out of memory, beside the memory floor and a bare receive
// loop: one case, that is, one kind of traffic, and its figures.
//
// How: all contenders in turn, round by round, so that what disturbs the machine disturbs all of
// them; a figure is the median of its rounds, and in each that of the chunk in the middle (lane.h);
// a ratio is the median of the ratios of each round. Every flow is in the table before the first
// round. Several workers are as many threads, each with flows, table and floor of its own, all
// running the same contender at the same time.
#pragma once

#include "drivers/synth/capture_loop.h"
#include "measure/figures.h"
#include "measure/synth_case.h"

namespace baleen::measure {

base::Result<Figures> measure(const SynthCase& wanted, const Effort& effort);

// The capture's flows, which are counted first, are divided among workers as the distributor does,
// by host pairs.
base::Result<Figures> measure(const drivers::CaptureMemory& capture,
                              const packet::ParseKernel& kernel, const Effort& effort,
                              uint64_t& flows);

}  // namespace baleen::measure
