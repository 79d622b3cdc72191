#include "packet/summary.h"

#include <arpa/inet.h>
#include <fmt/compile.h>
#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "base/byte_reader.h"
#include "base/ledger.h"
#include "packet/ethernet.h"
#include "packet/ip.h"

namespace baleen::packet {
namespace {

using base::load_be16;
using base::load_be32;

template <class Format, class... Arguments>
void append(std::string& out, const Format& format, const Arguments&... arguments) {
    fmt::format_to(std::back_inserter(out), format, arguments...);
}

// The date and the hour change rarely: they are formatted once per second of packet time.
void append_time(std::string& out, int64_t time_ns) {
    using namespace std::chrono;
    constexpr int64_t second_ns = 1'000'000'000;
    thread_local int64_t cached_s = -1;
    thread_local std::string cached;
    const int64_t seconds = time_ns / second_ns;
    if (seconds != cached_s) {
        const sys_seconds time{std::chrono::seconds(seconds)};
        const auto day = floor<days>(time);
        const year_month_day date(day);
        const hh_mm_ss clock(time - day);
        cached =
            fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                        clock.hours().count(), clock.minutes().count(), clock.seconds().count());
        cached_s = seconds;
    }
    out += cached;
    const int64_t fraction_ns = time_ns % second_ns;
    if (fraction_ns % 1000 == 0) append(out, FMT_COMPILE(".{:06}"), fraction_ns / 1000);
    else append(out, FMT_COMPILE(".{:09}"), fraction_ns);
}

void append_ip(std::string& out, const std::array<uint8_t, 16>& address, uint8_t version) {
    if (version == 4)
        return append(out, FMT_COMPILE("{}.{}.{}.{}"), address[12], address[13], address[14],
                      address[15]);
    char text[INET6_ADDRSTRLEN];
    if (::inet_ntop(AF_INET6, address.data(), text, sizeof text) != nullptr) out += text;
}

void append_mac(std::string& out, const uint8_t* mac) {
    append(out, FMT_COMPILE("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}"), mac[0], mac[1], mac[2],
           mac[3], mac[4], mac[5]);
}

bool is_icmp(const FlowKey& key) {
    return key.protocol == protocol::icmp || key.protocol == protocol::icmpv6;
}
bool shows_ports(const FlowKey& key) {
    return key.ports_absent == PortsAbsent::no && !is_icmp(key);
}

void append_endpoint(std::string& out, const FlowKey& key, const std::array<uint8_t, 16>& address,
                     uint16_t port) {
    const bool brackets = key.ip_version == 6 && shows_ports(key);
    if (brackets) out += '[';
    append_ip(out, address, key.ip_version);
    if (brackets) out += ']';
    if (shows_ports(key)) append(out, FMT_COMPILE(":{}"), port);
}

std::string_view protocol_word(uint8_t number) {
    switch (number) {
        case protocol::icmp: return "ICMP";
        case protocol::tcp: return "TCP";
        case protocol::udp: return "UDP";
        case protocol::icmpv6: return "ICMPv6";
        case protocol::sctp: return "SCTP";
        case 2: return "IGMP";
        case 4: return "IPv4";
        case 41: return "IPv6";
        case 47: return "GRE";
        case 50: return "ESP";
        case 51: return "AH";
        case 88: return "EIGRP";
        case 89: return "OSPF";
        case 103: return "PIM";
        case 112: return "VRRP";
        default: return {};
    }
}

void append_protocol(std::string& out, uint8_t number) {
    const auto word = protocol_word(number);
    if (word.empty()) append(out, FMT_COMPILE("protocol {}"), number);
    else out += word;
}

void append_tcp_flags(std::string& out, uint16_t flags, std::string_view separator) {
    constexpr std::string_view names[] = {"FIN", "SYN", "RST", "PSH", "ACK",
                                          "URG", "ECE", "CWR", "AE"};
    bool first = true;
    for (size_t bit = 0; bit < std::size(names); bit++) {
        if ((flags >> bit & 1) == 0) continue;
        if (!first) out += separator;
        out += names[bit];
        first = false;
    }
    if (first) out += "none";
}

// Types that people look for; others as numbers.
std::string_view icmp_word(bool is_v6, uint8_t type) {
    if (is_v6) {
        switch (type) {
            case 1: return "unreachable";
            case 2: return "packet too big";
            case 3: return "time exceeded";
            case 128: return "echo request";
            case 129: return "echo reply";
            case 133: return "router solicitation";
            case 134: return "router advertisement";
            case 135: return "neighbor solicitation";
            case 136: return "neighbor advertisement";
            case 143: return "multicast listener report";
            default: return {};
        }
    }
    switch (type) {
        case 0: return "echo reply";
        case 3: return "unreachable";
        case 5: return "redirect";
        case 8: return "echo request";
        case 11: return "time exceeded";
        default: return {};
    }
}

// Of a later fragment the first one's flow may be known, but it has no such header.
bool has_icmp_header(const Parsed& p) {
    return is_icmp(p.key) && p.key.ports_absent == PortsAbsent::no && p.layers.l4_offset != 0;
}

const uint8_t* tcp_header(const Parsed& p) {
    const bool whole = p.layers.l4_offset != 0 &&
                       p.packet.captured_length >= p.layers.l4_offset + tcp::header_bytes_min;
    return p.key.protocol == protocol::tcp && p.key.ports_absent == PortsAbsent::no && whole
               ? p.packet.data + p.layers.l4_offset
               : nullptr;
}

std::string_view tunnel_word(const Parsed& p) {
    return record::tunnel_type_names[static_cast<size_t>(p.layers.tunnel)];
}

void append_tunnel(std::string& out, const Parsed& p) {
    append(out, FMT_COMPILE(" in {} {}"), tunnel_word(p), p.outer.tunnel.id);
    if (p.outer.tunnel.depth == 0) return;
    out += ' ';
    append_ip(out, p.outer.tunnel.src, p.outer.tunnel.ip_version);
    out += " > ";
    append_ip(out, p.outer.tunnel.dst, p.outer.tunnel.ip_version);
}

void append_quote(std::string& out, const Parsed& p) {
    out += " about ";
    append_protocol(out, p.outer.quote.protocol);
    append(out, FMT_COMPILE(" {} > "), p.outer.quote.src_port);
    append_ip(out, p.outer.quote.dst, p.key.ip_version);
    append(out, FMT_COMPILE(":{}"), p.outer.quote.dst_port);
}

void append_flow_packet(std::string& out, const Parsed& p) {
    append_endpoint(out, p.key, p.key.src, p.key.src_port);
    out += " > ";
    append_endpoint(out, p.key, p.key.dst, p.key.dst_port);
    out += ' ';
    append_protocol(out, p.key.protocol);
    if (p.layers.fragment != FragmentKind::none) out += " fragment";
    if (const uint8_t* header = tcp_header(p)) {
        out += ' ';
        append_tcp_flags(out, p.layers.tcp_flags, ",");
        append(out, FMT_COMPILE(" seq {}"), load_be32(header + 4));
        if ((p.layers.tcp_flags & tcp::ack) != 0)
            append(out, FMT_COMPILE(" ack {}"), load_be32(header + 8));
        append(out, FMT_COMPILE(" win {}"), load_be16(header + 14));
    }
    if (has_icmp_header(p)) {
        const auto word = icmp_word(p.key.protocol == protocol::icmpv6, p.layers.icmp_type);
        if (!word.empty()) (out += ' ') += word;
        append(out, FMT_COMPILE(" type {} code {}"), p.layers.icmp_type, p.layers.icmp_code);
    }
    append(out, FMT_COMPILE(" len {}"), p.layers.payload_length);
    if (p.layers.quotes_flow != 0) append_quote(out, p);
    if (p.layers.tunnel != record::TunnelType::none) append_tunnel(out, p);
}

// ARP for IPv4 over Ethernet (RFC 826) behind the EtherType at `offset`.
bool append_arp(std::string& out, const Packet& packet, uint32_t offset) {
    constexpr uint32_t arp_bytes = 28;
    if (packet.captured_length < offset + arp_bytes) return false;
    const uint8_t* arp = packet.data + offset;
    if (load_be16(arp) != 1 || load_be16(arp + 2) != ethertype::ipv4 || arp[4] != 6 || arp[5] != 4)
        return false;
    const auto ip = [&](uint32_t at) {
        append(out, FMT_COMPILE("{}.{}.{}.{}"), arp[at], arp[at + 1], arp[at + 2], arp[at + 3]);
    };
    const uint16_t operation = load_be16(arp + 6);
    if (operation == 1) {
        out += "ARP who-has ";
        ip(24);
        out += " tell ";
        ip(14);
    } else if (operation == 2) {
        out += "ARP ";
        ip(14);
        out += " is-at ";
        append_mac(out, arp + 8);
    } else {
        append(out, FMT_COMPILE("ARP operation {}"), operation);
    }
    return true;
}

void append_other_packet(std::string& out, const Parsed& p) {
    const Packet& packet = p.packet;
    const bool is_ethernet =
        packet.link == LinkType::ethernet && packet.captured_length >= ethernet::header_bytes;
    const uint32_t type_offset =
        ethernet::type_offset + p.layers.vlan_tags * ethernet::vlan_tag_bytes;
    if (p.verdict == Verdict::not_ip_arp && is_ethernet && append_arp(out, packet, type_offset + 2))
        return;
    if (is_ethernet) {
        append_mac(out, packet.data + 6);
        out += " > ";
        append_mac(out, packet.data);
        out += ' ';
    }
    const base::CounterInfo& info = base::counter_infos[static_cast<uint32_t>(p.verdict)];
    if (p.verdict == Verdict::not_ip_ethertype && is_ethernet &&
        packet.captured_length >= type_offset + 2)
        append(out, FMT_COMPILE("EtherType 0x{:04x}"), load_be16(packet.data + type_offset));
    else if (p.verdict == Verdict::not_ip_link_type)
        append(out, FMT_COMPILE("link type {}"), static_cast<uint16_t>(packet.link));
    else if (p.verdict == Verdict::not_ip_llc) out += "LLC";
    else append(out, FMT_COMPILE("{} ({})"), info.term, info.cause);
}

// All but the time.
void append_line(std::string& out, const Parsed& p) {
    if (p.verdict == Verdict::counted_flow) append_flow_packet(out, p);
    else append_other_packet(out, p);
    append(out, FMT_COMPILE(" ({} bytes)"), p.packet.wire_length);
    if (p.layers.vlan_tags > 0) append(out, FMT_COMPILE(" vlan {}"), p.layers.vlan_ids[0]);
    if (p.layers.vlan_tags > 1) append(out, FMT_COMPILE(".{}"), p.layers.vlan_ids[1]);
}

void append_flow_json(std::string& out, const Parsed& p) {
    out += R"(,"src_ip":")";
    append_ip(out, p.key.src, p.key.ip_version);
    out += '"';
    if (shows_ports(p.key)) append(out, FMT_COMPILE(R"(,"src_port":{})"), p.key.src_port);
    out += R"(,"dest_ip":")";
    append_ip(out, p.key.dst, p.key.ip_version);
    out += '"';
    if (shows_ports(p.key)) append(out, FMT_COMPILE(R"(,"dest_port":{})"), p.key.dst_port);
    append(out, FMT_COMPILE(R"(,"ip_v":{},"proto":)"), p.key.ip_version);
    out += '"';
    append_protocol(out, p.key.protocol);
    append(out, FMT_COMPILE(R"(","ip_bytes":{},"payload_length":{},"ttl":{},"tos":{})"),
           p.layers.ip_bytes, p.layers.payload_length, p.layers.ttl, p.layers.tos);
    if (p.layers.fragment != FragmentKind::none) out += R"(,"fragment":true)";
    if (p.layers.tunnel != record::TunnelType::none) {
        append(out, FMT_COMPILE(R"(,"tunnel":{{"type":"{}","id":{},"depth":{})"), tunnel_word(p),
               p.outer.tunnel.id, p.outer.tunnel.depth);
        if (p.outer.tunnel.depth > 0) {
            out += R"(,"src_ip":")";
            append_ip(out, p.outer.tunnel.src, p.outer.tunnel.ip_version);
            out += R"(","dest_ip":")";
            append_ip(out, p.outer.tunnel.dst, p.outer.tunnel.ip_version);
            out += '"';
        }
        out += '}';
    }
    if (has_icmp_header(p))
        append(out, FMT_COMPILE(R"(,"icmp_type":{},"icmp_code":{})"), p.layers.icmp_type,
               p.layers.icmp_code);
    if (const uint8_t* header = tcp_header(p)) {
        append(out, FMT_COMPILE(R"(,"tcp":{{"flags":")"));
        append_tcp_flags(out, p.layers.tcp_flags, ",");
        append(out, FMT_COMPILE(R"(","seq":{},"ack":{},"window":{}}})"), load_be32(header + 4),
               load_be32(header + 8), load_be16(header + 14));
    }
}

}  // namespace

void append_summary(std::string& out, const Parsed& p) {
    append_time(out, p.packet.time_ns);
    out += ' ';
    append_line(out, p);
}

void append_summary_json(std::string& out, const Parsed& p, uint64_t number) {
    append(out, FMT_COMPILE(R"({{"number":{},"timestamp":")"), number);
    append_time(out, p.packet.time_ns);
    out[out.size() - (p.packet.time_ns % 1000 == 0 ? 16 : 19)] = 'T';  // between date and time
    append(out, FMT_COMPILE(R"(+0000","event_type":"packet","length":{},"captured_length":{})"),
           p.packet.wire_length, p.packet.captured_length);
    if (p.layers.vlan_tags > 0) {
        append(out, FMT_COMPILE(R"(,"vlan":[{})"), p.layers.vlan_ids[0]);
        if (p.layers.vlan_tags > 1) append(out, FMT_COMPILE(",{}"), p.layers.vlan_ids[1]);
        out += ']';
    }
    if (p.verdict == Verdict::counted_flow) {
        append_flow_json(out, p);
    } else {
        const base::CounterInfo& info = base::counter_infos[static_cast<uint32_t>(p.verdict)];
        append(out, FMT_COMPILE(R"(,"verdict":"{}.{}")"), info.term, info.cause);
    }
    out += R"(,"summary":")";
    append_line(out, p);  // nothing in it needs to be escaped
    out += R"("})";
}

}  // namespace baleen::packet
