#include "drivers/ethdev/queue_plan.h"

#include <fmt/format.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "drivers/ethdev/rss.h"

namespace baleen::drivers {
namespace {

// Their queues are made with the device and get packets whether they are polled or not, so all of
// them are opened. Other ports leave what was not configured alone.
constexpr std::array<std::string_view, 4> drivers_of_fixed_queues = {"net_af_packet", "net_af_xdp",
                                                                     "net_vhost", "net_pcap"};

base::Result<QueuePlan> fixed(const rte_eth_dev_info& info, uint64_t wanted) {
    if (wanted != 0 && wanted != info.max_rx_queues)
        return base::Error{
            fmt::format("has {} receive queues by its device string, not ethdev.queues = {}",
                        info.max_rx_queues, wanted)};
    QueuePlan plan;
    plan.count = std::max<uint16_t>(1, info.max_rx_queues);
    if (std::string_view(info.driver_name) != "net_af_packet")
        plan.reason = "its driver does not say how packets are spread over queues";
    return plan;
}

}  // namespace

base::Result<QueuePlan> plan_queues(const rte_eth_dev_info& info,
                                    const config::Settings& settings) {
    const std::string_view driver = info.driver_name;
    const uint64_t given = settings.ethdev.queues;
    if (std::find(drivers_of_fixed_queues.begin(), drivers_of_fixed_queues.end(), driver) !=
        drivers_of_fixed_queues.end())
        return fixed(info, given);
    if (given > info.max_rx_queues)
        return base::Error{fmt::format("has {} receive queue{}, fewer than ethdev.queues = {}",
                                       info.max_rx_queues, info.max_rx_queues == 1 ? "" : "s",
                                       given)};
    QueuePlan plan;
    const uint64_t wanted = given != 0 ? given : settings.worker.count;
    if (wanted == 1) {
        if (settings.worker.count > 1) plan.reason = "ethdev.queues is 1";
        return plan;
    }
    if (wanted > info.max_rx_queues)
        plan.reason = fmt::format("it has {} receive queues", info.max_rx_queues);
    else if (info.hash_key_size < rss_key_bytes_min && info.flow_type_rss_offloads != 0)
        plan.reason = fmt::format("its hash key has {} bytes only", info.hash_key_size);
    else
        plan.rss_types =
            rss_types(driver, settings.ethdev.rss, info.flow_type_rss_offloads, plan.reason);
    // Queues that the user asks for are opened also where it is the other side that fills them
    // (memif, virtio-user).
    plan.count = static_cast<uint16_t>(plan.rss_types != 0 || given != 0 ? wanted : 1);
    return plan;
}

}  // namespace baleen::drivers
