#include "config/shunt.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <charconv>
#include <map>
#include <optional>
#include <sstream>
#include <tuple>

#include "baleen/limits.h"

namespace baleen::config {
namespace {

constexpr uint32_t ipv4_bits_before = 96;  // of ::ffff:0:0/96 (RFC 4291 section 2.5.5.2)
constexpr uint32_t vlan_id_max = 4094;     // IEEE 802.1Q: 4095 is reserved

struct Protocol {
    std::string_view name;
    uint8_t number;
    bool has_ports;
};
constexpr std::array protocols = {
    Protocol{"tcp", IPPROTO_TCP, true},       Protocol{"udp", IPPROTO_UDP, true},
    Protocol{"sctp", IPPROTO_SCTP, true},     Protocol{"icmp", IPPROTO_ICMP, false},
    Protocol{"icmp6", IPPROTO_ICMPV6, false}, Protocol{"gre", IPPROTO_GRE, false},
    Protocol{"esp", IPPROTO_ESP, false},
};

std::optional<uint32_t> parse_number(std::string_view text, uint32_t maximum) {
    uint32_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size() || number > maximum) return {};
    return number;
}

struct Address {
    ShuntAddress bytes{};
    bool is_ipv4 = false;
};

std::optional<Address> parse_address(const std::string& text) {
    Address address;
    if (::inet_pton(AF_INET, text.c_str(), address.bytes.data() + 12) == 1) {
        address.bytes[10] = address.bytes[11] = 0xff;
        address.is_ipv4 = true;
        return address;
    }
    if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
    return {};
}

// "10.0.0.1:443", "[2001:db8::1]:443"; without ports "10.0.0.1", "2001:db8::1".
struct End {
    Address address;
    uint16_t port = 0;
};

base::Result<End> parse_end(const std::string& text, const Protocol& protocol) {
    std::string host = text;
    End end;
    if (protocol.has_ports) {
        const size_t colon = text.rfind(':');
        const auto port = colon == std::string::npos
                              ? std::nullopt
                              : parse_number(std::string_view(text).substr(colon + 1), 65535);
        if (!port)
            return base::Error{
                fmt::format("'{}' has no port: write ADDRESS:PORT, an IPv6 address "
                            "in brackets",
                            text)};
        end.port = static_cast<uint16_t>(*port);
        host = text.substr(0, colon);
        const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
        if (!in_brackets && host.find(':') != std::string::npos)
            return base::Error{
                fmt::format("'{}': an IPv6 address with a port stands in brackets, "
                            "[2001:db8::1]:443",
                            text)};
        if (in_brackets) host = host.substr(1, host.size() - 2);
    }
    const auto address = parse_address(host);
    if (!address)
        return base::Error{fmt::format(
            "'{}' is not {}", text, protocol.has_ports ? "an address with a port" : "an address")};
    end.address = *address;
    return end;
}

base::Result<Protocol> parse_protocol(std::string_view text) {
    std::string known;
    for (const Protocol& protocol : protocols) {
        if (text == protocol.name) return protocol;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", protocol.name);
    }
    return base::Error{
        fmt::format("'{}' is not a protocol (known: {}), and no prefix either", text, known)};
}

base::Result<uint16_t> parse_vlan(const std::vector<std::string>& words) {
    if (words.size() == 3) return Shunt::vlan_any;
    const auto id = words.size() == 5 && words[3] == "vlan" ? parse_number(words[4], vlan_id_max)
                                                            : std::nullopt;
    if (!id)
        return base::Error{
            fmt::format("a flow ends behind its second address, or with 'vlan N', N "
                        "up to {}",
                        vlan_id_max)};
    return static_cast<uint16_t>(*id);
}

base::Result<Shunt> parse_flow(const std::vector<std::string>& words) {
    auto protocol = parse_protocol(words[0]);
    if (!protocol) return protocol.error();
    if (words.size() < 3)
        return base::Error{
            "a flow is a protocol and two addresses: tcp 10.0.0.1:443 "
            "10.0.0.2:50000"};
    auto a = parse_end(words[1], *protocol);
    if (!a) return a.error();
    auto b = parse_end(words[2], *protocol);
    if (!b) return b.error();
    if (a->address.is_ipv4 != b->address.is_ipv4)
        return base::Error{"one address is IPv4, the other is IPv6"};
    auto vlan = parse_vlan(words);
    if (!vlan) return vlan.error();
    Shunt shunt;
    shunt.is_flow = true;
    shunt.a = a->address.bytes;
    shunt.b = b->address.bytes;
    shunt.a_port = a->port;
    shunt.b_port = b->port;
    shunt.vlan_id = *vlan;
    shunt.protocol = protocol->number;
    return shunt;
}

// Whether all bits behind the prefix are 0.
bool is_network(const ShuntAddress& address, uint32_t prefix_bits) {
    for (uint32_t bit = prefix_bits; bit < 128; bit++)
        if ((address[bit / 8] & (0x80 >> bit % 8)) != 0) return false;
    return true;
}

base::Result<Shunt> parse_prefix(const std::string& word) {
    const size_t slash = word.find('/');
    const auto address = parse_address(word.substr(0, slash));
    if (!address) return base::Error{fmt::format("'{}' is not an address", word.substr(0, slash))};
    const uint32_t bits_max = address->is_ipv4 ? 32 : 128;
    const auto bits = slash == std::string::npos
                          ? std::optional(bits_max)
                          : parse_number(std::string_view(word).substr(slash + 1), bits_max);
    if (!bits) return base::Error{fmt::format("the length behind '/' is 0 to {}", bits_max)};
    Shunt shunt;
    shunt.a = address->bytes;
    shunt.prefix_bits = *bits + (address->is_ipv4 ? ipv4_bits_before : 0);
    if (!is_network(shunt.a, shunt.prefix_bits))
        return base::Error{fmt::format("the address has bits behind the first {}", *bits)};
    return shunt;
}

std::vector<std::string> split(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

// Equal for two entries that the kernel could not tell apart: a flow has no first end.
auto identity(const Shunt& shunt) {
    auto low = std::tuple(shunt.a, shunt.a_port), high = std::tuple(shunt.b, shunt.b_port);
    if (shunt.is_flow && high < low) std::swap(low, high);
    return std::tuple(shunt.is_flow, shunt.prefix_bits, shunt.protocol, shunt.vlan_id, low, high);
}

}  // namespace

base::Result<Shunt> parse_shunt(const std::string& text) {
    const std::vector<std::string> words = split(text);
    base::Result<Shunt> shunt = base::Error{"it is empty"};
    if (text.size() >= limits::shunt_text_bytes) shunt = base::Error{"it is too long"};
    else if (words.size() == 1) shunt = parse_prefix(words[0]);
    else if (words.size() > 1) shunt = parse_flow(words);
    if (!shunt) return base::Error{fmt::format("xdp.shunt '{}': {}", text, shunt.error().message)};
    shunt->text = text;
    return shunt;
}

base::Result<std::vector<Shunt>> parse_shunts(const std::vector<std::string>& texts) {
    if (texts.size() > limits::shunt_entries_max)
        return base::Error{fmt::format("xdp.shunt has {} entries, more than the {} it may have",
                                       texts.size(), limits::shunt_entries_max)};
    std::vector<Shunt> shunts;
    std::map<decltype(identity(Shunt{})), std::string> seen;
    for (const std::string& text : texts) {
        auto shunt = parse_shunt(text);
        if (!shunt) return shunt.error();
        const auto [other, is_new] = seen.emplace(identity(*shunt), text);
        if (!is_new)
            return base::Error{
                fmt::format("xdp.shunt '{}' is the same as '{}'", text, other->second)};
        shunts.push_back(std::move(*shunt));
    }
    return shunts;
}

}  // namespace baleen::config
