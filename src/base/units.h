// Quantities with units as people write them in a configuration: "64MiB", "1.5s", "off".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace baleen::base {

// "4096", "64KiB", "8GiB", "1MB": bytes. Binary (KiB MiB GiB TiB) and decimal (kB KB MB GB TB)
// units.
Result<uint64_t> parse_bytes(std::string_view text);

// "250us", "10ms", "1.5s", "5m", "1h", "30d": nanoseconds. "off" is duration_off: longer than any
// run.
Result<int64_t> parse_duration_ns(std::string_view text);
inline constexpr int64_t duration_off = INT64_MAX;

// "10000", "1k", "20M": a plain count with decimal suffixes.
Result<uint64_t> parse_count(std::string_view text);

// The shortest exact text that the functions above read back to the same value.
std::string format_bytes(uint64_t bytes);
std::string format_duration_ns(int64_t ns);

// Rounded for people: "12.3 M", "4.56 GB".
std::string format_rounded(double value, std::string_view unit);

}  // namespace baleen::base
