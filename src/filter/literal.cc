#include "filter/literal.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/units.h"
#include "record/names.h"

namespace baleen::filter {
namespace {

base::Error not_a(std::string_view text, std::string_view what) {
    return {fmt::format("'{}' is not {}", text, what)};
}

// Reads exactly `digits` digits and moves `text` behind them.
bool take_digits(std::string_view& text, size_t digits, int& out) {
    if (text.size() < digits) return false;
    // from_chars takes a sign as well.
    if (text[0] == '-') return false;
    const auto [end, code] = std::from_chars(text.data(), text.data() + digits, out);
    if (code != std::errc{} || end != text.data() + digits) return false;
    text.remove_prefix(digits);
    return true;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

base::Result<Literal> parse_number(std::string_view text) {
    Literal literal;
    // 0x1f as in Wireshark.
    if (text.starts_with("0x")) {
        const auto [end, code] =
            std::from_chars(text.data() + 2, text.data() + text.size(), literal.low, 16);
        if (code != std::errc{} || end != text.data() + text.size()) return not_a(text, "a number");
        literal.high = literal.low;
        return literal;
    }
    auto number = base::parse_count(text);
    if (!number) number = base::parse_bytes(text);
    if (!number) return not_a(text, "a number (10, 10k, 1MB, 0x1f)");
    literal.low = literal.high = *number;
    return literal;
}

// "80..90": both ends included.
template <class Parse>
base::Result<Literal> parse_range(std::string_view text, Parse parse) {
    const size_t dots = text.find("..");
    if (dots == std::string_view::npos) return parse(text);
    auto low = parse(text.substr(0, dots));
    if (!low) return low;
    const auto high = parse(text.substr(dots + 2));
    if (!high) return high;
    low->high = high->high;
    if (low->low > low->high) return base::Error{fmt::format("'{}' runs backwards", text)};
    return low;
}

base::Result<Literal> parse_time(std::string_view text) {
    const auto ns = parse_time_ns(text);
    if (!ns) return ns.error();
    Literal literal;
    literal.low = literal.high = static_cast<uint64_t>(*ns);
    return literal;
}

base::Result<Literal> parse_duration(std::string_view text) {
    auto ns = base::parse_duration_ns(text);
    if (!ns) return ns.error();
    Literal literal;
    literal.low = literal.high = static_cast<uint64_t>(*ns);
    return literal;
}

base::Result<Literal> parse_protocol(std::string_view text) {
    if (const auto number = record::protocol_number(text)) {
        Literal literal;
        literal.low = literal.high = *number;
        return literal;
    }
    if (auto number = parse_number(text)) return number;
    return not_a(text, "a protocol (tcp, udp, icmp, sctp, gre, esp, ..., or a number)");
}

base::Result<Literal> parse_reason(std::string_view text) {
    const auto reason = record::end_reason_of(text);
    if (!reason)
        return not_a(text,
                     "an end reason (idle_timeout, active_timeout, end_of_flow, forced_end, "
                     "lack_of_resources)");
    Literal literal;
    literal.low = literal.high = static_cast<uint64_t>(*reason);
    return literal;
}

base::Result<Literal> parse_flag(std::string_view text) {
    Literal literal;
    if (text == "true" || text == "1") literal.low = literal.high = 1;
    else if (text != "false" && text != "0") return not_a(text, "true or false");
    return literal;
}

}  // namespace

bool Literal::covers(const uint8_t* other) const {
    const uint32_t whole_bytes = prefix_bits / 8;
    const uint32_t rest_bits = prefix_bits % 8;
    if (std::memcmp(address.data(), other, whole_bytes) != 0) return false;
    if (rest_bits == 0) return true;
    const auto mask = static_cast<uint8_t>(0xff00 >> rest_bits);
    return ((address[whole_bytes] ^ other[whole_bytes]) & mask) == 0;
}

base::Result<Literal> parse_prefix(std::string_view text) {
    const size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    Literal literal;
    uint32_t bits_max = 128;
    if (::inet_pton(AF_INET, address.c_str(), literal.address.data() + 12) == 1) {
        literal.address[10] = literal.address[11] = 0xff;
        bits_max = 32;
    } else if (::inet_pton(AF_INET6, address.c_str(), literal.address.data()) != 1) {
        return not_a(text, "an address or a prefix (10.0.0.1, 10.0.0.0/8, 2001:db8::/32)");
    }
    literal.has_address = true;
    if (slash == std::string_view::npos) return literal;
    uint32_t bits = 0;
    const auto [end, code] =
        std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
    if (code != std::errc{} || end != text.data() + text.size() || bits > bits_max)
        return base::Error{fmt::format("'{}' has a wrong prefix length", text)};
    literal.prefix_bits = 128 - bits_max + bits;
    return literal;
}

namespace {

constexpr int64_t second_ns = 1'000'000'000;

// Digits behind a point, as a part of a second; those beyond the ninth are passed over. False:
// there is none.
bool take_fraction(std::string_view& text, int64_t& fraction_ns) {
    int64_t unit = second_ns / 10;
    int digit;
    if (!take_digits(text, 1, digit)) return false;
    do {
        fraction_ns += unit * digit;
        unit /= 10;
    } while (take_digits(text, 1, digit));
    return true;
}

// Seconds since 1970, to the nanosecond. Nothing: it is something else.
std::optional<int64_t> parse_seconds(std::string_view text) {
    constexpr uint64_t seconds_max = 9'000'000'000;
    uint64_t seconds = 0;
    int64_t fraction_ns = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (code != std::errc{} || seconds > seconds_max) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (take(text, '.') && !take_fraction(text, fraction_ns)) return std::nullopt;
    if (!text.empty() || (seconds == seconds_max && fraction_ns > 0)) return std::nullopt;
    return static_cast<int64_t>(seconds) * second_ns + fraction_ns;
}

// "+02:00", "+0200", "+02" behind UTC. False: it is wrong.
bool take_zone(std::string_view& text, int64_t& behind_s) {
    const int64_t sign = text.starts_with('+') ? 1 : -1;
    text.remove_prefix(1);
    int hours, minutes = 0;
    if (!take_digits(text, 2, hours)) return false;
    if ((take(text, ':') || !text.empty()) && !take_digits(text, 2, minutes)) return false;
    behind_s = sign * (hours * 3600 + minutes * 60);
    return hours <= 23 && minutes <= 59;
}

}  // namespace

base::Result<int64_t> parse_time_ns(std::string_view text) {
    const std::string_view whole = text;
    const base::Error wrong = not_a(whole, "a time (2024-05-01T12:00:00Z, or seconds since 1970)");
    if (const auto since_1970_ns = parse_seconds(text)) return *since_1970_ns;
    // RFC 3339 section 5.6, seconds and zone may be left out (UTC).
    int year, month, day, hour = 0, minute = 0, second = 0;
    int64_t fraction_ns = 0, behind_s = 0;
    if (!take_digits(text, 4, year) || !take(text, '-') || !take_digits(text, 2, month) ||
        !take(text, '-') || !take_digits(text, 2, day))
        return wrong;
    if (take(text, 'T') || take(text, 't') || take(text, ' ')) {
        if (!take_digits(text, 2, hour) || !take(text, ':') || !take_digits(text, 2, minute))
            return wrong;
        if (take(text, ':') && !take_digits(text, 2, second)) return wrong;
        if (take(text, '.') && !take_fraction(text, fraction_ns)) return wrong;
    }
    if (text.starts_with('+') || text.starts_with('-')) {
        if (!take_zone(text, behind_s)) return wrong;
    } else if (!take(text, 'Z')) {
        take(text, 'z');
    }
    using namespace std::chrono;
    const year_month_day date{std::chrono::year(year),
                              std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(day))};
    if (!text.empty() || !date.ok() || year < 1970 || year > 2200 || hour > 23 || minute > 59 ||
        second > 60)
        return wrong;
    const int64_t days_s = sys_days(date).time_since_epoch().count() * int64_t{86400};
    const int64_t total_s = days_s + hour * 3600 + minute * 60 + second - behind_s;
    return total_s < 0 ? 0 : total_s * second_ns + fraction_ns;
}

base::Result<Literal> parse_literal(FieldType type, std::string_view text) {
    switch (type) {
        case FieldType::number: return parse_range(text, parse_number);
        case FieldType::duration: return parse_range(text, parse_duration);
        case FieldType::time: return parse_range(text, parse_time);
        case FieldType::protocol: return parse_range(text, parse_protocol);
        case FieldType::reason: return parse_reason(text);
        case FieldType::address: return parse_prefix(text);
        case FieldType::flag: return parse_flag(text);
        case FieldType::data:
        case FieldType::text:
        case FieldType::presence: break;
    }
    Literal literal;
    if (auto prefix = parse_prefix(text); type == FieldType::data && prefix)
        literal = std::move(*prefix);
    literal.text = text;
    return literal;
}

}  // namespace baleen::filter
