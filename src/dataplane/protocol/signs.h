// Small things that parsers of binary protocols share: signs at the start of bytes, names of
// numbers, and which of a flow's many messages are worth an event.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "dataplane/protocol/parser.h"

namespace baleen::protocol {

inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// `bytes` begin with `sign`, or may yet: as many of its bytes as are there.
inline Recognition begins_with(Bytes bytes, std::string_view sign) {
    const size_t there = std::min(bytes.size(), sign.size());
    if (as_text(bytes.first(there)) != sign.substr(0, there)) return Recognition::no;
    return there == sign.size() ? Recognition::yes : Recognition::maybe;
}

// What comes before the first zero; all of it where there is none.
inline Bytes until_zero(Bytes bytes) {
    return bytes.first(
        static_cast<size_t>(std::find(bytes.begin(), bytes.end(), 0) - bytes.begin()));
}

struct NumberName {
    uint32_t number;
    std::string_view name;
};

// Empty: it has none.
constexpr std::string_view name_of(std::span<const NumberName> names, uint32_t number) {
    for (const NumberName& known : names)
        if (known.number == number) return known.name;
    return {};
}

// The name, or the number where it has none.
inline void tell_named(FieldWriter& event, Field field, std::span<const NumberName> names,
                       uint32_t number) {
    const std::string_view known = name_of(names, number);
    if (!known.empty()) {
        event.text(field, known);
        return;
    }
    std::array<char, 10> digits;
    size_t begin = digits.size();
    do digits[--begin] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    event.text(field, std::string_view(digits.data() + begin, digits.size() - begin));
}

// A flow that goes on for days says the same again and again: its first messages are told, then
// only kinds of messages that it has not had. Part of a parser's state, so all zero at first.
struct EventBudget {
    uint32_t told;
    std::array<uint64_t, 4> seen;  // bits by kind

    bool is_new(uint8_t kind) const { return (seen[kind / 64] >> kind % 64 & 1) == 0; }
    bool admit(uint8_t kind, uint32_t told_max) {
        if (!is_new(kind) && told >= told_max) return false;
        seen[kind / 64] |= uint64_t{1} << kind % 64;
        told++;
        return true;
    }
};

}  // namespace baleen::protocol
