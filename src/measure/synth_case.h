// A case: one kind of traffic, with the timeouts and the table that go with it, and how much effort
// is spent on it.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "drivers/synth/synth_source.h"
#include "packet/parse_kernel.h"

namespace baleen::measure {

struct Effort {
    int rounds = 5;
    // Of the worker; the other contenders take half of it each.
    int64_t slice_ns = 100'000'000;
    uint64_t seed = 1;
    uint32_t workers = 1;
};

struct SynthCase {
    drivers::SynthSizes sizes;
    uint64_t flows = 1'000'000;           // alive, over all workers
    uint64_t new_flows_per_s = 0;         // of the packets' own time
    uint64_t packets_per_s = 14'880'952;  // of the packets' own time
    packet::ParseKernel kernel;
};

// The timeouts of a case, and the table that they need.
struct Timing {
    int64_t idle_ns;
    int64_t ended_ns;   // how long a flow that has ended stays in the table, on average
    uint64_t capacity;  // of one worker's table
};
Timing timing_of(const SynthCase& wanted, uint32_t workers);

// Why the case cannot be measured on this machine, if so: memory, cores, nonsensical rates.
base::Status check(const SynthCase& wanted, const Effort& effort);

// The same of cores alone, and of memory alone, for tables of `table_bytes` in all.
base::Status check_workers(uint32_t workers, uint32_t workers_max);
base::Status check_memory(uint64_t table_bytes, uint32_t workers);

}  // namespace baleen::measure
