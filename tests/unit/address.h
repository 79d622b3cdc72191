// Addresses in records and events, by their text.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace baleen::test {

// 16 bytes, IPv4 as ::ffff:a.b.c.d. Returns the IP version.
inline uint8_t write_address(uint8_t* out, const std::string& text) {
    const bool is_v4 = text.find(':') == std::string::npos;
    std::memset(out, 0, 16);
    if (is_v4) out[10] = out[11] = 0xff;
    const int ok = is_v4 ? ::inet_pton(AF_INET, text.c_str(), out + 12)
                         : ::inet_pton(AF_INET6, text.c_str(), out);
    EXPECT_EQ(ok, 1) << text << " is not an address";
    return is_v4 ? 4 : 6;
}

}  // namespace baleen::test
