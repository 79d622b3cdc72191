// Several that are timed in turn, in one run.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "measure/machine.h"
#include "measure/synth_case.h"

namespace baleen::measure {

// Plays one round; returns its ticks of the time-stamp counter.
using Contender = std::function<uint64_t()>;

// For each contender the ns of a round, one value for each slice.
inline std::vector<std::vector<double>> run_in_turn(const std::vector<Contender>& contenders,
                                                    const Effort& effort) {
    const double slice_ticks = static_cast<double>(effort.slice_ns) / ns_per_tick();
    std::vector<std::vector<double>> ns(contenders.size());
    for (int round = 0; round < effort.rounds; round++)
        for (size_t i = 0; i < contenders.size(); i++) {
            contenders[i]();  // caches fill up with what it needs
            double ticks = 0;
            uint64_t played = 0;
            for (; ticks < slice_ticks || played == 0; played++)
                ticks += static_cast<double>(contenders[i]());
            ns[i].push_back(ticks * ns_per_tick() / static_cast<double>(played));
        }
    return ns;
}

}  // namespace baleen::measure
