// The fields that a filter can ask for, and that sorting and listing use: name, type, and how a
// flow record or an event answers.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "baleen/record.h"
#include "record/match.h"

namespace baleen::filter {

// What filters are about. A field answers for one kind or several: then it is a set of them.
enum class Kind : uint8_t { flow = 1 << 0, alert = 1 << 1, any = flow | alert };
constexpr bool includes(Kind kinds, Kind kind) {
    return (static_cast<uint8_t>(kinds) & static_cast<uint8_t>(kind)) != 0;
}

// A record with what is known about it besides its bytes. Of an event, `record` is what the event
// says of its flow (record::flow_of()).
struct Subject {
    const record::FlowRecord& record;
    std::string_view port_name;
    const record::Match* match = nullptr;  // of an alert
};

enum class FieldType {
    number,    // compared as integers; literals may have suffixes (10k, 1MB)
    duration,  // ns; literals have units
    time,      // ns since 1970; literals are RFC 3339 or seconds since 1970
    address,   // 16 bytes; literals are addresses or prefixes
    text,
    protocol,  // a number whose literals may be names
    reason,    // the same for end reasons
    presence,  // there or not there; not compared
};

// A field's values in one record: none where the record does not have it, several where it has
// (ip.addr).
struct Values {
    std::array<uint64_t, record::match_rules_told_max> numbers;
    std::array<const uint8_t*, 2> addresses;
    uint32_t count = 0;
    std::string text;

    void add(uint64_t number) { numbers[count++] = number; }
    void add(const uint8_t* address) { addresses[count++] = address; }
};

struct Field {
    std::string_view name;
    FieldType type;
    void (*get)(const Subject&, Values&);
    std::string_view description;
    Kind kinds = Kind::flow;
};

std::vector<const Field*> fields(Kind kind = Kind::flow);
// By name or alias; nullptr if there is none.
const Field* find_field(std::string_view name, Kind kind = Kind::flow);
// The nearest name, or empty.
std::string_view suggest_field(std::string_view name, Kind kind = Kind::flow);

// Those about rules and what they found (match_field.cc).
std::span<const Field> match_fields();

}  // namespace baleen::filter
