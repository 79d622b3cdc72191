// The queues of an open port, as a source takes from them.
#pragma once

#include <vector>

#include "baleen/stats.h"
#include "drivers/ethdev/ethdev_source.h"
#include "drivers/ethdev/port.h"

namespace baleen::drivers {

// `steered`: packets are watched for arriving where the port's steering says. Port and statistics
// outlive the queues.
inline std::vector<EthdevSource::Queue> queues_of(const Port& port, size_t index, bool steered,
                                                  stats::PortStats& stats) {
    std::vector<EthdevSource::Queue> queues;
    for (uint16_t queue = 0; queue < port.queue_count(); queue++)
        queues.push_back({.port_id = port.id(),
                          .queue_id = queue,
                          .port_index = static_cast<uint16_t>(index),
                          .link = &port.link(),
                          .steering = steered ? &port.steering() : nullptr,
                          .nic_clock = port.nic_clock(),
                          // More queues than workers share a source, hence a writer.
                          .packets = &stats.queue_packets[queue % stats.queue_packets.size()]});
    return queues;
}

}  // namespace baleen::drivers
