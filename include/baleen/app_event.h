// What an application protocol's message says: a DNS answer, a TLS handshake, an HTTP transaction.
// One event is the payload of one frame of type `application` in a ring.
//
// Owns: the byte layout: this struct, then `field_bytes` of fields (application.h), without gaps.
// Integers in host byte order, addresses in network order, IPv4 as ::ffff:a.b.c.d.
// Must hold: no padding, no pointers, every layout change raises `app_event_version`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "baleen/application.h"
#include "baleen/limits.h"

namespace baleen::record {

inline constexpr uint16_t app_event_version = 1;

enum AppEventFlags : uint16_t {
    // Fields were left out for want of room: the event is as large as one may be.
    fields_cut = 1 << 0,
    // The responder of the flow has sent what the event is about.
    from_responder = 1 << 1,
};

struct AppEvent {
    uint64_t flow_id;
    int64_t time_ns;  // of the packet that completed it
    uint8_t initiator_address[16];
    uint8_t responder_address[16];
    uint16_t initiator_port;
    uint16_t responder_port;
    uint8_t protocol;  // IANA
    uint8_t ip_version;
    uint16_t port_index;
    application::AppProto app_proto;
    uint16_t flags;  // AppEventFlags
    uint16_t vlan_ids[limits::vlan_ids_kept];
    uint32_t number;      // of the flow's events, from 0
    uint32_t suppressed;  // events of this worker since its last one, for a limit
    uint16_t field_bytes;
    uint16_t reserved[3];
};
static_assert(sizeof(AppEvent) == 80);
static_assert(std::is_trivially_copyable_v<AppEvent>);
static_assert(std::has_unique_object_representations_v<AppEvent>, "no padding");

// Header of the frame and event leave this much to the fields of one event.
inline constexpr uint32_t app_field_bytes_max = limits::frame_bytes_max - 16 - sizeof(AppEvent);

constexpr uint32_t app_event_bytes(const AppEvent& event) {
    return uint32_t{sizeof(AppEvent)} + event.field_bytes;
}

}  // namespace baleen::record
