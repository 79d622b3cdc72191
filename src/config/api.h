// What [api] means: the address to listen on, and what has to come with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace baleen::config {

struct ListenAddress {
    std::string host;  // numeric, without brackets
    uint16_t port = 0;
    bool is_ipv6 = false;
    bool is_loopback = false;
};

// "127.0.0.1:8600", "[::1]:0", "localhost:8600".
base::Result<ListenAddress> parse_listen(std::string_view text);

// One sentence for each combination that would be open to everybody, or does not fit together.
std::vector<std::string> check_api(const Settings::Api& api);

}  // namespace baleen::config
