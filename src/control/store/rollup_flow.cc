#include "control/store/rollup_flow.h"

#include <algorithm>

namespace baleen::store {

RollupFlow RollupFlow::of(const record::FlowRecord& record) {
    constexpr int64_t second_ns = level_ns[static_cast<size_t>(Level::second)];
    RollupFlow flow{.second_ns = record.last_ns - record.last_ns % second_ns,
                    .initiator = {},
                    .responder = {},
                    .packets_out = record.initiator.packets,
                    .packets_in = record.responder.packets,
                    .bytes_out = record.initiator.wire_bytes,
                    .bytes_in = record.responder.wire_bytes,
                    .port = {},
                    .protocol = {},
                    .flows = static_cast<uint8_t>(record.part == 0 ? 1 : 0)};
    std::ranges::copy(record.initiator_address, flow.initiator.begin());
    std::ranges::copy(record.responder_address, flow.responder.begin());
    if ((record.flags & record::ports_absent) == 0 && record.responder_port != 0)
        flow.port = {record.protocol, static_cast<uint8_t>(record.responder_port >> 8),
                     static_cast<uint8_t>(record.responder_port)};
    const bool is_known = (record.flags & record::has_application) != 0;
    const auto app = is_known ? static_cast<uint16_t>(record.application.app_proto) : uint16_t{0};
    flow.protocol = {record.ip_version, record.protocol, static_cast<uint8_t>(app >> 8),
                     static_cast<uint8_t>(app)};
    return flow;
}

}  // namespace baleen::store
