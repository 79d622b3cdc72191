#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace baleen::base {
namespace {

struct Unit {
    std::string_view name;
    double factor;
};

constexpr double kib = 1024.0;
constexpr Unit tib{"TiB", kib*kib*kib*kib}, gib{"GiB", kib*kib*kib}, mib{"MiB", kib*kib};
constexpr std::array byte_units = {
    tib,
    gib,
    mib,
    Unit{"KiB", kib},
    Unit{"TB", 1e12},
    Unit{"GB", 1e9},
    Unit{"MB", 1e6},
    Unit{"kB", 1e3},
    Unit{"KB", 1e3},
    Unit{"B", 1},
    Unit{"", 1},
};
constexpr std::array exact_byte_units = {tib, gib, mib, Unit{"KiB", kib}, Unit{"B", 1}};
constexpr std::array duration_units = {
    Unit{"d", 86400e9}, Unit{"h", 3600e9}, Unit{"m", 60e9}, Unit{"s", 1e9},
    Unit{"ms", 1e6},    Unit{"us", 1e3},   Unit{"ns", 1},
};
constexpr std::array count_units = {
    Unit{"", 1}, Unit{"k", 1e3}, Unit{"K", 1e3}, Unit{"M", 1e6}, Unit{"G", 1e9},
};

// The number is split from its unit and multiplied; results beyond `limit` are refused.
Result<uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units, double limit,
                                std::string_view kind, std::string_view example) {
    double number = 0;
    const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || !std::isfinite(number) || number < 0)
        return Error{fmt::format("'{}' is not a {}; write it like {}", text, kind, example)};
    std::string_view name(rest, static_cast<size_t>(text.data() + text.size() - rest));
    while (name.starts_with(' ')) name.remove_prefix(1);
    for (const Unit& unit : units) {
        if (unit.name != name) continue;
        const double value = number * unit.factor;
        if (value > limit) return Error{fmt::format("'{}' is too large", text)};
        return static_cast<uint64_t>(std::llround(value));
    }
    if (name.empty())
        return Error{fmt::format("'{}' needs a unit; write it like {}", text, example)};
    return Error{
        fmt::format("'{}' has the unknown unit '{}'; write it like {}", text, name, example)};
}

constexpr double exact_limit = 9.0e18;  // below 2^63

std::string format_exact(uint64_t value, std::span<const Unit> units) {
    for (const Unit& unit : units) {
        const auto factor = static_cast<uint64_t>(unit.factor);
        if (value >= factor && value % factor == 0)
            return fmt::format("{}{}", value / factor, unit.name);
    }
    return fmt::format("{}{}", value, units.back().name);
}

}  // namespace

Result<uint64_t> parse_bytes(std::string_view text) {
    return parse_quantity(text, byte_units, exact_limit, "size", "\"64MiB\"");
}

Result<int64_t> parse_duration_ns(std::string_view text) {
    if (text == "off") return duration_off;
    const auto ns =
        parse_quantity(text, duration_units, exact_limit, "duration", "\"30s\" or \"off\"");
    if (!ns) return ns.error();
    return static_cast<int64_t>(*ns);
}

Result<uint64_t> parse_count(std::string_view text) {
    return parse_quantity(text, count_units, exact_limit, "count", "\"1M\"");
}

std::string format_bytes(uint64_t bytes) { return format_exact(bytes, exact_byte_units); }

std::string format_duration_ns(int64_t ns) {
    if (ns == duration_off) return "off";
    return format_exact(static_cast<uint64_t>(ns), duration_units);
}

std::string format_rounded(double value, std::string_view unit) {
    constexpr std::array prefixes = {"", "k", "M", "G", "T", "P"};
    size_t step = 0;
    // What is rounded to 1000 has the next prefix.
    while (std::abs(value) >= 999.5 && step + 1 < prefixes.size()) {
        value /= 1000;
        step++;
    }
    const int digits = step == 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
    return fmt::format("{:.{}f} {}{}", value, digits, prefixes[step], unit);
}

}  // namespace baleen::base
