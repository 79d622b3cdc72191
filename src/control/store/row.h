// What a row of a slice holds: a flow record, or an event and what it says of its flow.
//
// Must hold: bytes of a slice are checked like those of a ring before they are believed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "filter/field.h"
#include "record/app_event.h"
#include "record/match.h"

namespace baleen::store {

// In place of a type, for rows of flows.
inline constexpr int64_t flow_type = 0;

struct Row {
    record::FlowRecord record{};
    record::Match match;
    record::AppMessage app;
    filter::Kind kind = filter::Kind::flow;

    // By the column `type` (EventType; of flows flow_type). False: the bytes are none of this type.
    bool read(int64_t type, std::span<const uint8_t> bytes);
    // Of a flow the part in front of the sections; these stay as they are.
    bool read_fixed_part(std::span<const uint8_t> bytes);
    // The same of bytes that have no more than that part, whatever sections it tells of.
    bool read_fixed_part_alone(std::span<const uint8_t, record::fixed_record_bytes> bytes);

    filter::Subject subject(std::string_view port_name) const {
        return {record, port_name, kind == filter::Kind::alert ? &match : nullptr,
                kind == filter::Kind::app ? &app : nullptr};
    }
};

}  // namespace baleen::store
