// The fields that a flow filter can ask for, and that sorting and listing use: name, type, and how
// a record answers.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "baleen/record.h"

namespace baleen::filter {

// A record with what is known about it besides its bytes.
struct Subject {
    const record::FlowRecord& record;
    std::string_view port_name;
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
    std::array<uint64_t, 4> numbers;
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
};

std::span<const Field> fields();
// By name or alias; nullptr if there is none.
const Field* find_field(std::string_view name);
// The nearest name, or empty.
std::string_view suggest_field(std::string_view name);

}  // namespace baleen::filter
