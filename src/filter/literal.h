// Values as people write them in a filter, read for the type of the field they are compared with.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "filter/field.h"

namespace re2 {
class RE2;
}

namespace baleen::filter {

// A range of numbers or a prefix of addresses; a single value is a range of one. Texts stay texts.
struct Literal {
    uint64_t low = 0;
    uint64_t high = 0;
    std::array<uint8_t, 16> address{};
    uint32_t prefix_bits = 128;
    bool has_address = false;
    std::string text;
    std::shared_ptr<const re2::RE2> expression;  // of `matches`

    bool covers(uint64_t number) const { return number >= low && number <= high; }
    bool covers(const uint8_t* other) const;
};

base::Result<Literal> parse_literal(FieldType type, std::string_view text);

// "10.0.0.1", "10.0.0.0/8", "2001:db8::/32"; IPv4 as ::ffff:a.b.c.d with 96 bits more.
base::Result<Literal> parse_prefix(std::string_view text);

// "2024-05-01", "2024-05-01T12:00:00.5Z", "2024-05-01 12:00:00+02:00", or seconds since 1970; ns.
base::Result<int64_t> parse_time_ns(std::string_view text);

}  // namespace baleen::filter
