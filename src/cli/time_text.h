// A point in time as people read it: RFC 3339, UTC, to the microsecond.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace baleen::cli {

inline std::string time_text(int64_t time_ns) {
    constexpr int64_t second_ns = 1'000'000'000;
    const std::time_t seconds = time_ns / second_ns;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    return fmt::format("{}.{:06}Z", std::string_view(text, length), time_ns % second_ns / 1000);
}

}  // namespace baleen::cli
