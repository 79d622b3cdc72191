// What is known of one host within a span of time.
#pragma once

#include <array>
#include <cstdint>

#include "control/store/aggregate.h"
#include "control/store/top.h"

namespace baleen::store {

struct HostReport {
    Sums sums;             // out: what the host has sent
    int64_t first_ns = 0;  // of its flows, in the span; 0: there are none
    int64_t last_ns = 0;
    std::vector<TopRow> peers, ports, protocols;
    AnswerInfo info;
};

// Out of records: its cost is that of reading them. `address` as in records.
base::Result<HostReport> find_host(const Scope& scope, const std::array<uint8_t, 16>& address,
                                   Measure measure, size_t limit);

}  // namespace baleen::store
