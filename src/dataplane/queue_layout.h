// Which worker polls which queue: decided once, from how the ports spread packets.
//
// A worker may own queues if queue i of every port gets the packets of the same flows. That takes
// one queue per worker on each port, a known function that treats both directions alike, and, since
// the two directions of a flow may come in on different ports (TAPs), the same function everywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "drivers/ethdev/queue_steering.h"

namespace baleen::dataplane {

struct PortQueues {
    std::string name;
    uint32_t count;
    const drivers::QueueSteering* steering;
    std::string why_unknown;  // where the steering is
};

struct QueueLayout {
    bool own_queues;     // each worker its own; else a distributor takes from all
    std::string notice;  // which of the two, and why; empty with one worker
};

QueueLayout lay_out_queues(std::span<const PortQueues> ports, uint32_t worker_count);

}  // namespace baleen::dataplane
