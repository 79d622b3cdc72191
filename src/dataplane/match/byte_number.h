// Numbers: those that a buffer holds, and those that a rule counts with. Everything here comes from
// the wire or from an image; no arithmetic may overflow.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "baleen/ruleset.h"
#include "dataplane/match/work.h"

namespace baleen::match {

__extension__ using Wide = __int128;
__extension__ using WideUnsigned = unsigned __int128;

// As far away as a place can be told to be: sums of a few of them fit into 64 bits, and no buffer
// is nearly as long.
inline constexpr int64_t place_max = int64_t{1} << 60;

constexpr int64_t to_place(Wide value) {
    if (value > place_max) return place_max;
    return value < -place_max ? -place_max : static_cast<int64_t>(value);
}

using Variables = std::array<uint64_t, ruleset::variables_max>;

inline Wide exact_value(const ruleset::Number& number, const Variables& variables) {
    const uint64_t variable =
        number.variable < 0 ? 0 : variables[static_cast<uint32_t>(number.variable)];
    return Wide{number.constant} + Wide{variable};
}

// A number in the buffer: its bytes are [begin, end).
struct ByteNumber {
    uint64_t value;
    int64_t begin;
    int64_t end;
};

// What a byte_test, byte_jump or byte_extract reads at place `begin`. None: it is not inside of the
// buffer, or there is no digit.
std::optional<ByteNumber> read_number(const ruleset::Step& step, std::span<const uint8_t> buffer,
                                      int64_t begin, Work& work);

bool compare(const ruleset::Step& step, uint64_t number, Wide value);

// Where a byte_jump leads to, whether inside of the buffer or not.
int64_t jump_place(const ruleset::Step& step, const ByteNumber& number, uint64_t buffer_bytes);

// What a byte_extract keeps. More than 64 bits stay the highest number there is.
uint64_t extracted_value(const ruleset::Step& step, uint64_t number);

}  // namespace baleen::match
