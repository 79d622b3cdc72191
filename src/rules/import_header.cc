// ACTION PROTOCOL ADDRESSES PORTS DIRECTION ADDRESSES PORTS
#include "rules/import_header.h"

#include <fmt/format.h>

#include <algorithm>

namespace baleen::rules {
namespace {

// What carries an application protocol, where that is one protocol for certain.
constexpr std::string_view over_tcp[] = {"file",   "ftp",  "ftp-data", "http", "http1", "http2",
                                         "imap",   "ldap", "modbus",   "mqtt", "pgsql", "pop3",
                                         "rdp",    "rfb",  "smb",      "smtp", "ssh",   "ssl",
                                         "telnet", "tls",  "websocket"};
constexpr std::string_view over_udp[] = {"dhcp", "ike", "ntp", "quic", "snmp", "tftp"};

void only_v4(Rule& rule) { rule.src.v6 = rule.dst.v6 = {}; }
void only_v6(Rule& rule) { rule.src.v4 = rule.dst.v4 = {}; }

// Which side has the addresses is no matter: both ends of a packet are of one family.
void read_protocol(Draft& draft, std::string_view name) {
    Rule& rule = draft.rule;
    using Data = FlowCondition::Data;
    if (name == "tcp" || name == "tcp-pkt" || name == "tcp-stream") {
        rule.protocol = Protocol::tcp;
        if (name == "tcp-pkt") rule.flow.data = Data::packets_only;
        if (name == "tcp-stream") rule.flow.data = Data::stream_only;
    } else if (name == "udp") {
        rule.protocol = Protocol::udp;
    } else if (name == "icmp" || name == "icmpv4" || name == "icmpv6") {
        rule.protocol = Protocol::icmp;
    } else if (name != "ip" && name != "ip4" && name != "ipv4" && name != "ip6" && name != "ipv6") {
        // Found by what the flow says, not by its header; or none that we know.
        draft.refuse_elsewhere(fmt::format("protocol {}", name));
        if (std::ranges::find(over_tcp, name) != std::end(over_tcp)) rule.protocol = Protocol::tcp;
        if (std::ranges::find(over_udp, name) != std::end(over_udp)) rule.protocol = Protocol::udp;
    }
    if (name.ends_with("4")) only_v4(rule);
    if (name.ends_with("6")) only_v6(rule);
}

void read_side(Draft& draft, std::string_view addresses, std::string_view ports, Networks& networks,
               AddressSet& address_set, PortSet& port_set) {
    if (auto set = networks.addresses(addresses)) address_set = std::move(*set);
    else draft.fail(set.error().message);
    if (auto set = networks.ports(ports)) port_set = std::move(*set);
    else draft.fail(set.error().message);
}

}  // namespace

void read_header(Draft& draft, const std::vector<std::string_view>& words, Networks& networks) {
    const std::string_view action = words[0];
    // What would be dropped or rejected on the way is told here; it is the same traffic.
    if (action == "pass" || action == "config" || action == "rewrite" || action == "file_id")
        draft.refuse_elsewhere(fmt::format("action {}", action));
    // Snort 3: "alert http ( ... )", any to any.
    if (words.size() == 2) return read_protocol(draft, words[1]);
    if (words.size() != 7)
        return draft.fail("the header is not ACTION PROTOCOL ADDRESS PORT DIRECTION ADDRESS PORT");
    Rule& rule = draft.rule;
    read_side(draft, words[2], words[3], networks, rule.src, rule.src_ports);
    read_side(draft, words[5], words[6], networks, rule.dst, rule.dst_ports);
    rule.both_directions = words[4] == "<>" || words[4] == "=>";
    if (words[4] == "=>") draft.refuse_elsewhere("direction =>");
    else if (words[4] != "->" && words[4] != "<>")
        draft.fail(fmt::format("'{}' is not a direction; -> and <> are", words[4]));
    read_protocol(draft, words[1]);
}

}  // namespace baleen::rules
