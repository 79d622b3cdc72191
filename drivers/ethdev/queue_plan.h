// How many queues a port is opened with, and whether it is asked to hash; decided from what the
// driver says of itself before anything is configured.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "config/settings.h"

struct rte_eth_dev_info;

namespace baleen::drivers {

struct QueuePlan {
    uint16_t count = 1;
    uint64_t rss_types = 0;  // 0: no RSS
    std::string reason;  // why there is no queue per worker; empty where there is, or one worker
};

base::Result<QueuePlan> plan_queues(const rte_eth_dev_info& info, const config::Settings& settings);

}  // namespace baleen::drivers
