#include "dataplane/queue_layout.h"

#include <fmt/format.h>

namespace baleen::dataplane {
namespace {

using drivers::QueueSteering;

// Why workers cannot own the queues of a port; empty if they can.
std::string objection(const PortQueues& port, const PortQueues& first, uint32_t worker_count) {
    if (!port.why_unknown.empty()) return port.why_unknown;
    if (port.count != worker_count)
        return fmt::format("it has {} queue{}", port.count, port.count == 1 ? "" : "s");
    if (port.steering->function == QueueSteering::Function::unknown)
        return "it does not say how it spreads packets";
    if (*port.steering != *first.steering)
        return fmt::format("it spreads packets differently from {}", first.name);
    return "";
}

}  // namespace

QueueLayout lay_out_queues(std::span<const PortQueues> ports, uint32_t worker_count) {
    if (worker_count == 1) return {.own_queues = false, .notice = ""};
    for (const PortQueues& port : ports)
        if (const std::string why = objection(port, ports.front(), worker_count); !why.empty())
            return {.own_queues = false,
                    .notice = fmt::format("a distributor thread spreads packets over {} workers, "
                                          "because of {}: {}",
                                          worker_count, port.name, why)};
    const bool fanout = ports.front().steering->function == QueueSteering::Function::fanout;
    return {
        .own_queues = true,
        .notice = fmt::format("each of {} workers polls its own queue{}: {}", worker_count,
                              ports.size() == 1 ? "" : " of each port",
                              fanout ? "the kernel spreads packets by host pair"
                                     : "RSS keeps both directions of a flow together (proven)")};
}

}  // namespace baleen::dataplane
