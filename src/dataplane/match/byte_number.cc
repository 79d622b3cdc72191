#include "dataplane/match/byte_number.h"

#include <bit>

namespace baleen::match {
namespace {

using ruleset::Compare;
using ruleset::JumpOrigin;
using ruleset::Step;

constexpr uint32_t binary_bytes_max = 8;
constexpr uint32_t no_digit = UINT32_MAX;

uint64_t read_binary(std::span<const uint8_t> bytes, bool little_endian) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); i++)
        value = value << 8 | bytes[little_endian ? bytes.size() - 1 - i : i];
    return value;
}

// isspace() of the C locale.
bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

uint32_t digit_value(uint8_t c) {
    if (c >= '0' && c <= '9') return c - uint32_t{'0'};
    const auto lower = static_cast<uint8_t>(c | 0x20);
    return lower >= 'a' && lower <= 'z' ? lower - uint32_t{'a'} + 10 : no_digit;
}

struct Text {
    uint64_t value;
    size_t end;  // behind the last digit
};

// strtoull (C17 7.22.1.4) over bytes that nothing terminates: space, a sign, a prefix, digits. What
// is too large becomes the largest; a minus negates, modulo 2^64.
std::optional<Text> read_text(std::span<const uint8_t> bytes, uint32_t base, Work& work) {
    size_t i = 0;
    const auto digit_at = [&](size_t at) {
        const uint32_t digit = at < bytes.size() ? digit_value(bytes[at]) : no_digit;
        return digit < base ? digit : no_digit;
    };
    while (i < bytes.size() && is_space(bytes[i])) i++;
    const bool negative = i < bytes.size() && bytes[i] == '-';
    if (i < bytes.size() && (bytes[i] == '-' || bytes[i] == '+')) i++;
    const bool starts_with_0 = i < bytes.size() && bytes[i] == '0';
    const bool has_x = starts_with_0 && i + 1 < bytes.size() && (bytes[i + 1] | 0x20) == 'x';
    // The prefix is one only if a digit follows; else the number is its 0.
    const bool is_hex = has_x && i + 2 < bytes.size() && digit_value(bytes[i + 2]) < 16;
    if ((base == 0 || base == 16) && is_hex) {
        base = 16;
        i += 2;
    } else if (base == 0) {
        base = starts_with_0 ? 8 : 10;
    }
    work.take(i / Work::expression_bytes_per_unit);
    if (digit_at(i) == no_digit) return std::nullopt;
    uint64_t value = 0;
    bool too_large = false;
    for (uint32_t digit; (digit = digit_at(i)) != no_digit; i++) {
        const WideUnsigned next = WideUnsigned{value} * base + digit;
        too_large = too_large || next > UINT64_MAX;
        value = static_cast<uint64_t>(next);
    }
    work.take(i / Work::expression_bytes_per_unit);
    if (too_large) return Text{UINT64_MAX, i};
    return Text{negative ? 0 - value : value, i};
}

}  // namespace

std::optional<ByteNumber> read_number(const Step& step, std::span<const uint8_t> buffer,
                                      int64_t begin, Work& work) {
    const auto size = static_cast<int64_t>(buffer.size());
    const bool is_text = (step.flags & ruleset::text) != 0;
    if (begin < 0 || begin > size || step.count > size - begin) return std::nullopt;
    if (!is_text && step.count > binary_bytes_max) return std::nullopt;
    const auto rest = buffer.subspan(static_cast<size_t>(begin));
    ByteNumber number{0, begin, begin + step.count};
    if (is_text) {
        const auto text =
            read_text(step.count == 0 ? rest : rest.first(step.count), step.text_base, work);
        if (!text) return std::nullopt;
        number.value = text->value;
        number.end = begin + static_cast<int64_t>(text->end);
    } else {
        number.value =
            read_binary(rest.first(step.count), (step.flags & ruleset::little_endian) != 0);
    }
    const uint64_t masked = number.value & step.mask;
    number.value = masked == 0 ? 0 : masked >> std::countr_zero(step.mask);
    return number;
}

bool compare(const Step& step, uint64_t number, Wide value) {
    switch (step.compare) {
        case Compare::less: return Wide{number} < value;
        case Compare::less_equal: return Wide{number} <= value;
        case Compare::equal: return Wide{number} == value;
        case Compare::greater_equal: return Wide{number} >= value;
        case Compare::greater: return Wide{number} > value;
        case Compare::bits_and: return (number & static_cast<uint64_t>(value)) != 0;
        case Compare::bits_xor: return Wide{number} != value;
    }
    return false;
}

int64_t jump_place(const Step& step, const ByteNumber& number, uint64_t buffer_bytes) {
    // At most 2^128 - 2^65 + 1, which leaves room for the rounding.
    WideUnsigned distance = WideUnsigned{number.value} * step.multiplier;
    if ((step.flags & ruleset::align) != 0) distance = (distance + 3) / 4 * 4;
    // Far beyond whatever is added or subtracted.
    constexpr WideUnsigned distance_max = WideUnsigned{1} << 120;
    const Wide bounded = static_cast<Wide>(distance > distance_max ? distance_max : distance);
    Wide origin = 0;
    if (step.origin == JumpOrigin::behind_number) origin = number.end;
    else if (step.origin == JumpOrigin::end) origin = static_cast<int64_t>(buffer_bytes);
    return to_place(origin + bounded + step.post_offset);
}

uint64_t extracted_value(const Step& step, uint64_t number) {
    WideUnsigned value = WideUnsigned{number} * step.multiplier;
    if (step.post_offset > 0) {
        const WideUnsigned unit{static_cast<uint64_t>(step.post_offset)};
        const WideUnsigned over = value % unit;
        if (over != 0 && value <= UINT64_MAX) value += unit - over;
    }
    return value > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(value);
}

}  // namespace baleen::match
