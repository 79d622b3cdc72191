// Which group of rules looks at what a side of a flow sends.
#pragma once

#include "dataplane/flow/flow.h"
#include "dataplane/match/header_check.h"

namespace baleen::match {

// As the flow knows by now who has begun it.
inline ruleset::Side side_of(const flow::Flow& flow, uint32_t direction) {
    const bool reversed = (flow.state & flow::reversed) != 0;
    return (direction == 1) != reversed ? ruleset::Side::to_client : ruleset::Side::to_server;
}

inline uint16_t group_of(const ruleset::Image& image, const flow::Flow& flow, ruleset::Side side) {
    const auto protocol = static_cast<uint32_t>(protocol_of(flow.protocol));
    const uint32_t table = protocol * ruleset::side_count + static_cast<uint32_t>(side);
    uint32_t port_class = 0;
    if (table < ruleset::port_table_count) {
        // The server's: where the initiator's packets go to, and where the others come from.
        const bool reversed = (flow.state & flow::reversed) != 0;
        port_class = image.port_classes()[table][reversed ? flow.src_port : flow.dst_port];
    }
    return image.group_of()[table * ruleset::class_count_max + port_class];
}

}  // namespace baleen::match
