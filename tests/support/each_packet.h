// The packets of a capture, one after the other.
#pragma once

#include <memory>
#include <string>

#include "drivers/replay/replay_source.h"

namespace baleen::test {

// Calls `take(packet)` for each, in the order of the file.
template <class Take>
void each_packet(const std::string& capture, const Take& take) {
    stats::PortStats port{};
    drivers::ReplaySource source({capture}, port);
    const auto batch = std::make_unique<packet::Batch>();
    while (!source.exhausted()) {
        source.receive(*batch, limits::lane_count);
        for (uint32_t lane = 0; lane < batch->count; lane++) take(batch->packets[lane]);
        source.release(*batch);
        batch->count = 0;
    }
}

}  // namespace baleen::test
