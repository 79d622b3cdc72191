#include "config/api.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

namespace baleen::config {
namespace {

// 127.0.0.0/8 (RFC 1122 section 3.2.1.3) and ::1, also as ::ffff:127.0.0.1.
bool is_loopback(const in_addr& address) { return (ntohl(address.s_addr) >> 24) == 127; }
bool is_loopback(const in6_addr& address) {
    return IN6_IS_ADDR_LOOPBACK(&address) ||
           (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127);
}

}  // namespace

base::Result<ListenAddress> parse_listen(std::string_view text) {
    const base::Error error{fmt::format(
        "api.listen: \"{}\" is not ADDRESS:PORT, such as 127.0.0.1:8600, 0.0.0.0:8600 or "
        "[::]:8600",
        text)};
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return error;
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    ListenAddress listen;
    const auto [end, failure] =
        std::from_chars(port.data(), port.data() + port.size(), listen.port);
    if (failure != std::errc() || end != port.data() + port.size()) return error;
    if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
        host = host.substr(1, host.size() - 2);
        listen.is_ipv6 = true;
    }
    listen.host = host == "localhost" && !listen.is_ipv6 ? "127.0.0.1" : std::string(host);
    in_addr v4{};
    in6_addr v6{};
    if (listen.is_ipv6) {
        if (::inet_pton(AF_INET6, listen.host.c_str(), &v6) != 1) return error;
        listen.is_loopback = is_loopback(v6);
    } else {
        if (::inet_pton(AF_INET, listen.host.c_str(), &v4) != 1) return error;
        listen.is_loopback = is_loopback(v4);
    }
    return listen;
}

std::vector<std::string> check_api(const Settings::Api& api) {
    if (api.listen.empty()) return {};
    std::vector<std::string> problems;
    const auto demand = [&](bool holds, std::string sentence) {
        if (!holds) problems.push_back(std::move(sentence));
    };
    demand(api.certificate.empty() == api.private_key.empty(),
           "api.certificate and api.private_key belong together; one of them is not set");
    const auto listen = parse_listen(api.listen);
    if (!listen) {
        problems.push_back(listen.error().message);
        return problems;
    }
    demand(api.trusted_proxy || listen->is_loopback || !api.token_file.empty(),
           fmt::format("api.listen is {}, where others can ask: set api.token_file, or listen on "
                       "127.0.0.1",
                       api.listen));
    demand(api.trusted_proxy || listen->is_loopback || !api.certificate.empty(),
           fmt::format("api.listen is {}, where tokens would travel in the clear: set "
                       "api.certificate and api.private_key, or api.trusted_proxy = true behind a "
                       "proxy that ends TLS",
                       api.listen));
    // Behind a proxy every address is loopback's, and "this machine" is everybody.
    demand(!api.trusted_proxy || !api.token_file.empty(),
           "api.trusted_proxy = true lets others ask: set api.token_file (a proxy that knows its "
           "users can add the token itself)");
    return problems;
}

}  // namespace baleen::config
