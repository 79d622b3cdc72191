// An application protocol's event with its fields: a private copy, checked. Events come out of
// memory that another process writes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "baleen/app_event.h"
#include "baleen/record.h"

namespace baleen::record {

class CompletedFields;

struct AppMessage {
    AppEvent event;
    std::array<uint8_t, app_field_bytes_max> room;  // the event has the length

    std::span<const uint8_t> fields() const { return std::span(room).first(event.field_bytes); }
    // As in a ring and in a store.
    std::span<const uint8_t> bytes() const {
        return {reinterpret_cast<const uint8_t*>(this), app_event_bytes(event)};
    }
};
static_assert(offsetof(AppMessage, room) == sizeof(AppEvent));

// nullptr: the event makes sense; else the name of what is wrong.
const char* find_problem(const AppEvent& event);

// Copies an event out of a frame or a store, and checks it and its fields.
const char* read_app_event(std::span<const uint8_t> bytes, AppMessage& message);

// Puts what complete_fields() makes of raw fields in their place, as far as there is room.
void complete(AppMessage& message, CompletedFields* known = nullptr);

// What an event says of its flow: who began it, with whom, VLANs. So it is printed and filtered as
// flows are. Nothing was counted.
FlowRecord flow_of(const AppEvent& event);

// The type that EVE gives events of a protocol: "dns" for mDNS as well. Of a newer version's
// protocol, "application".
std::string_view event_type_of(application::AppProto app_proto);

}  // namespace baleen::record
