#include "record/names.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

#include "packet/ip.h"

namespace baleen::record {
namespace {

struct Protocol {
    uint8_t number;
    std::string_view name;
};
// IANA's keywords; the first of a number is the one that is written.
constexpr std::array protocols = {
    Protocol{1, "ICMP"},      Protocol{2, "IGMP"},        Protocol{4, "IPIP"},
    Protocol{6, "TCP"},       Protocol{17, "UDP"},        Protocol{33, "DCCP"},
    Protocol{41, "IPV6"},     Protocol{46, "RSVP"},       Protocol{47, "GRE"},
    Protocol{50, "ESP"},      Protocol{51, "AH"},         Protocol{58, "IPV6-ICMP"},
    Protocol{58, "ICMPV6"},   Protocol{59, "IPV6-NONXT"}, Protocol{88, "EIGRP"},
    Protocol{89, "OSPF"},     Protocol{89, "OSPFIGP"},    Protocol{103, "PIM"},
    Protocol{112, "VRRP"},    Protocol{115, "L2TP"},      Protocol{132, "SCTP"},
    Protocol{136, "UDPLITE"},
};

constexpr std::array<std::string_view, 6> end_reasons = {
    "", "idle_timeout", "active_timeout", "end_of_flow", "forced_end", "lack_of_resources"};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

}  // namespace

std::string_view protocol_name(uint8_t protocol) {
    for (const Protocol& known : protocols)
        if (known.number == protocol) return known.name;
    return {};
}

std::optional<uint8_t> protocol_number(std::string_view name) {
    for (const Protocol& known : protocols)
        if (equal_ignoring_case(known.name, name)) return known.number;
    return std::nullopt;
}

std::string_view end_reason_name(EndReason reason) {
    const auto index = static_cast<size_t>(reason);
    return index < end_reasons.size() ? end_reasons[index] : std::string_view{};
}

std::optional<EndReason> end_reason_of(std::string_view name) {
    for (size_t i = 1; i < end_reasons.size(); i++)
        if (equal_ignoring_case(end_reasons[i], name)) return static_cast<EndReason>(i);
    return std::nullopt;
}

std::string_view action_name(ruleset::Action action) {
    constexpr std::array<std::string_view, ruleset::action_count> names = {"tag", "alert",
                                                                           "capture"};
    const auto index = static_cast<size_t>(action);
    return index < names.size() ? names[index] : std::string_view{};
}

bool is_alerted(const FlowRecord& record) {
    constexpr auto bit = [](ruleset::Action action) { return 1u << static_cast<uint32_t>(action); };
    return (record.flags & has_matches) != 0 &&
           (record.matches.actions &
            (bit(ruleset::Action::alert) | bit(ruleset::Action::capture))) != 0;
}

bool protocol_has_ports(uint8_t protocol) {
    namespace known = packet::protocol;
    return protocol == known::tcp || protocol == known::udp || protocol == known::sctp ||
           protocol == known::dccp || protocol == known::udplite;
}

std::string tcp_flag_letters(uint16_t flags) {
    constexpr std::string_view letters = "FSRPAUECN";
    std::string out;
    for (size_t bit = 0; bit < letters.size(); bit++)
        if ((flags >> bit & 1) != 0) out += letters[bit];
    return out;
}

void append_address(std::string& out, const uint8_t address[16], uint8_t ip_version) {
    char text[INET6_ADDRSTRLEN];
    const bool ok = ip_version == 4
                        ? ::inet_ntop(AF_INET, address + 12, text, sizeof text) != nullptr
                        : ::inet_ntop(AF_INET6, address, text, sizeof text) != nullptr;
    if (ok) out += text;
}

std::string format_address(const uint8_t address[16], uint8_t ip_version) {
    std::string out;
    append_address(out, address, ip_version);
    return out;
}

}  // namespace baleen::record
