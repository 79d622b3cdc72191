// Fields of application protocols (baleen/application.h) behind the ring: whether they are whole,
// what raw ones stand for in their place, and what a person calls the peer.
//
// Must hold: numbers that nobody here knows pass; what a newer version adds is no error.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "baleen/application.h"
#include "baleen/record.h"

namespace baleen::record {

class CompletedFields;

// No field is cut short, and the values of known ones have lengths that their kinds can have.
bool are_whole(std::span<const uint8_t> fields);
// Known ones are of those that flows tell.
bool are_of_flows(std::span<const uint8_t> fields);

// Others are still to be made of some.
bool is_incomplete(std::span<const uint8_t> fields);

// Copies into `to`, in their order, the fields that fit there: no raw ones, and with `of_flow` only
// those that flows tell.
struct Fitted {
    uint16_t bytes;
    bool is_cut;  // some did not fit
};
Fitted fit_fields(std::span<const uint8_t> fields, bool of_flow, std::span<uint8_t> to);

// Puts what complete_fields() makes of raw fields in their place, as far as there is room.
void complete(Application& application, CompletedFields* known = nullptr);

// The fields of a flow's section; none where it has no such section.
std::span<const uint8_t> fields_of(const FlowRecord& record);

// "dns", or the number of a protocol that has no name here.
std::string app_proto_name(application::AppProto app_proto);
// What a flow spoke: by its content, or else what nDPI says, or else what its ports make one expect
// (record/app_ports.h).
enum class AppSource : uint8_t { content, ndpi, port };
struct AppGuess {
    application::AppProto app_proto = application::AppProto::unknown;
    AppSource source = AppSource::port;
    std::string_view ndpi_name = {};  // in the record
};
// Of an application that was told, with its fields.
AppGuess guess_of(application::AppProto app_proto, std::span<const uint8_t> fields);
AppGuess app_proto_of(const FlowRecord& record);
// As nDPI spells it where it is the one who says so.
std::string app_proto_name(const AppGuess& guess);
constexpr std::string_view app_proto_source_name(const AppGuess& guess) {
    constexpr std::string_view names[] = {"content", "ndpi", "port"};
    return names[static_cast<size_t>(guess.source)];
}

// The name by which a server was asked for: SNI, host, or the first name that was looked up. Empty:
// there is none.
std::string_view app_name(std::span<const uint8_t> fields);

}  // namespace baleen::record
