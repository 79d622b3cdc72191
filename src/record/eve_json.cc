#include "record/eve_json.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "packet/ip.h"
#include "record/app_fields.h"
#include "record/app_json.h"
#include "record/community_id.h"
#include "record/names.h"
#include "record/text.h"

namespace baleen::record {
namespace {

namespace protocol = packet::protocol;

bool is_icmp(const FlowRecord& record) {
    return record.protocol == protocol::icmp || record.protocol == protocol::icmpv6;
}

bool shows_ports(const FlowRecord& record) {
    return !is_icmp(record) && (record.flags & ports_absent) == 0;
}

// Suricata's words for how a flow stood and why it was told.
std::string_view eve_state(const FlowRecord& record) {
    if (record.end_reason == EndReason::end_of_flow) return "closed";
    return record.initiator.packets > 0 && record.responder.packets > 0 ? "established" : "new";
}

std::string_view eve_reason(EndReason reason) {
    return reason == EndReason::forced_end          ? "shutdown"
           : reason == EndReason::lack_of_resources ? "forced"
                                                    : "timeout";
}

void append_tcp_side(std::string& out, std::string_view suffix, const TcpSide& side) {
    const auto to = std::back_inserter(out);
    const auto add = [&](std::string_view name, uint64_t value) {
        fmt::format_to(to, FMT_COMPILE(R"(,"{}_{}":{})"), name, suffix, value);
    };
    add("retransmissions", side.retransmissions);
    add("out_of_order", side.out_of_order);
    add("gaps", side.gaps);
    add("missed_bytes", side.missed_bytes);
    add("zero_windows", side.zero_windows);
    add("resets", side.resets);
    add("keep_alives", side.keep_alives);
    add("window_min", side.window_min);
    add("window_max", side.window_max);
    if (side.mss != 0) add("mss", side.mss);
    if (side.window_scale != window_scale_absent) add("window_scale", side.window_scale);
    if ((side.options & sack_permitted) != 0)
        fmt::format_to(to, FMT_COMPILE(R"(,"sack_permitted_{}":true)"), suffix);
    if ((side.options & timestamps) != 0)
        fmt::format_to(to, FMT_COMPILE(R"(,"timestamps_{}":true)"), suffix);
}

void append_tcp_section(std::string& out, const Tcp& tcp) {
    const auto to = std::back_inserter(out);
    fmt::format_to(to, FMT_COMPILE(R"(,"conn_state":"{}","history":"{}")"),
                   conn_state_names[static_cast<size_t>(tcp.conn_state)], tcp.history);
    if (tcp.responder_rtt_ns != 0)
        fmt::format_to(to, FMT_COMPILE(R"(,"rtt_server_ns":{})"), tcp.responder_rtt_ns);
    if (tcp.initiator_rtt_ns != 0)
        fmt::format_to(to, FMT_COMPILE(R"(,"rtt_client_ns":{})"), tcp.initiator_rtt_ns);
    append_tcp_side(out, "toserver", tcp.initiator);
    append_tcp_side(out, "toclient", tcp.responder);
}

void append_tcp(std::string& out, const FlowRecord& record) {
    namespace tcp = packet::tcp;
    const uint16_t all = record.initiator.tcp_flags | record.responder.tcp_flags;
    fmt::format_to(
        std::back_inserter(out),
        FMT_COMPILE(
            R"(,"tcp":{{"tcp_flags":"{:02x}","tcp_flags_ts":"{:02x}","tcp_flags_tc":"{:02x}")"),
        all, record.initiator.tcp_flags, record.responder.tcp_flags);
    struct FlagName {
        uint16_t bit;
        std::string_view text;
    };
    static constexpr FlagName names[] = {
        {tcp::syn, R"(,"syn":true)"}, {tcp::fin, R"(,"fin":true)"}, {tcp::rst, R"(,"rst":true)"},
        {tcp::psh, R"(,"psh":true)"}, {tcp::ack, R"(,"ack":true)"}, {tcp::urg, R"(,"urg":true)"},
        {tcp::ece, R"(,"ecn":true)"}, {tcp::cwr, R"(,"cwr":true)"}};
    for (const FlagName& name : names)
        if ((all & name.bit) != 0) out += name.text;
    if ((record.flags & has_tcp) != 0) append_tcp_section(out, record.tcp);
    out += '}';
}

// Pairs of size (negative: to the client) and gap in microseconds.
void append_splt(std::string& out, const Splt& splt) {
    out += R"(,"splt":[)";
    for (uint32_t i = 0; i < splt.count; i++)
        fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}[{},{}]"), i == 0 ? "" : ",",
                       splt.packets[i].size, splt.packets[i].gap_us);
    out += ']';
}

void append_tunnel(std::string& out, const FlowRecord& record) {
    const auto to = std::back_inserter(out);
    const Encapsulation& around = record.encapsulation;
    fmt::format_to(to, FMT_COMPILE(R"(,"tunnel":{{"type":"{}")"),
                   tunnel_type_names[static_cast<size_t>(around.tunnel_type)]);
    if (around.tunnel_depth > 0) {
        out += R"(,"src_ip":")";
        append_address(out, around.outer_initiator, around.outer_ip_version);
        out += R"(","dest_ip":")";
        append_address(out, around.outer_responder, around.outer_ip_version);
        fmt::format_to(to, FMT_COMPILE(R"(","depth":{})"), around.tunnel_depth);
    }
    fmt::format_to(to, FMT_COMPILE(R"(,"id_toserver":{},"id_toclient":{}}})"), around.tunnel_ids[0],
                   around.tunnel_ids[1]);
}

// The flow that an ICMP error is about, in the direction of the packet that caused it, with the
// Community ID that its own records have.
void append_quoted_flow(std::string& out, const FlowRecord& record) {
    const auto to = std::back_inserter(out);
    const Encapsulation& around = record.encapsulation;
    const auto name = protocol_name(around.quoted_protocol);
    out += R"(,"icmp_quoted":{"src_ip":")";
    append_address(out, record.responder_address, record.ip_version);
    fmt::format_to(to, FMT_COMPILE(R"(","src_port":{},"dest_ip":")"), around.quoted_src_port);
    append_address(out, around.quoted_destination, record.ip_version);
    fmt::format_to(to, FMT_COMPILE(R"(","dest_port":{},"proto":"{}","community_id":"{}"}})"),
                   around.quoted_dst_port,
                   name.empty() ? fmt::format("{:03}", around.quoted_protocol) : std::string(name),
                   quoted_community_id(record));
}

// Hits of rules, and the first few of these.
void append_matches(std::string& out, const Matches& matches) {
    const auto to = std::back_inserter(out);
    fmt::format_to(
        to, FMT_COMPILE(R"(,"matches":{{"hits":{},"suppressed":{},"severity":{},"actions":[)"),
        matches.hits, matches.suppressed, matches.severity);
    bool first = true;
    for (uint32_t i = 0; i < ruleset::action_count; i++) {
        if ((matches.actions >> i & 1) == 0) continue;
        fmt::format_to(to, FMT_COMPILE(R"({}"{}")"), first ? "" : ",",
                       action_name(static_cast<ruleset::Action>(i)));
        first = false;
    }
    out += R"(],"rule_ids":[)";
    for (uint32_t i = 0; i < matches.rule_count; i++)
        fmt::format_to(to, FMT_COMPILE("{}{}"), i == 0 ? "" : ",", matches.rule_ids[i]);
    out += "]}";
}

void append_sides(std::string& out, std::string_view name, uint64_t to_server, uint64_t to_client) {
    fmt::format_to(std::back_inserter(out), FMT_COMPILE(R"("{}_toserver":{},"{}_toclient":{},)"),
                   name, to_server, name, to_client);
}

void append_csv_tunnel(std::string& out, const FlowRecord& record) {
    const auto to = std::back_inserter(out);
    const Encapsulation& around = record.encapsulation;
    if ((record.flags & has_tunnel) == 0) {
        out += ",,,,";
        return;
    }
    out += tunnel_type_names[static_cast<size_t>(around.tunnel_type)];
    out += ',';
    if (around.tunnel_depth > 0)
        append_address(out, around.outer_initiator, around.outer_ip_version);
    out += ',';
    if (around.tunnel_depth > 0)
        append_address(out, around.outer_responder, around.outer_ip_version);
    fmt::format_to(to, FMT_COMPILE(",{},{}"), around.tunnel_ids[0], around.tunnel_ids[1]);
}

void append_csv_matches(std::string& out, const FlowRecord& record) {
    const bool has_some = (record.flags & has_matches) != 0;
    fmt::format_to(std::back_inserter(out), FMT_COMPILE(",{},{},"), is_alerted(record),
                   has_some ? record.matches.hits : 0);
    for (uint32_t i = 0; has_some && i < record.matches.rule_count; i++)
        fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}{}"), i == 0 ? "" : ";",
                       record.matches.rule_ids[i]);
}

// What it spoke, and what makes one think so.
void append_app_proto(std::string& out, const FlowRecord& record) {
    const AppGuess guess = app_proto_of(record);
    if (guess.app_proto == application::AppProto::unknown) return;
    fmt::format_to(std::back_inserter(out),
                   FMT_COMPILE(R"(,"app_proto":"{}","app_proto_source":"{}")"),
                   app_proto_name(guess), app_proto_source_name(guess));
}

void append_csv_application(std::string& out, const FlowRecord& record) {
    const AppGuess guess = app_proto_of(record);
    const bool known = guess.app_proto != application::AppProto::unknown;
    fmt::format_to(std::back_inserter(out), FMT_COMPILE(",{},{},"),
                   known ? app_proto_name(guess) : std::string{},
                   known ? app_proto_source_name(guess) : std::string_view(""));
    append_csv_text(out, app_name(fields_of(record)));
}

void append_direction(std::string& out, std::string_view suffix, const Direction& direction) {
    if (direction.packets == 0) return;
    const auto add = [&](std::string_view name, uint64_t value) {
        fmt::format_to(std::back_inserter(out), FMT_COMPILE(R"(,"{}_{}":{})"), name, suffix, value);
    };
    add("tos", direction.tos);
    add("ttl_min", direction.ttl_min);
    add("ttl_max", direction.ttl_max);
    add("size_min", direction.size_min);
    add("size_mean", direction.ip_bytes / direction.packets);
    add("size_max", direction.size_max);
    if (direction.packets < 2) return;
    add("gap_mean_ns", direction.gap_mean_ns);
    add("gap_stddev_ns", direction.gap_stddev_ns);
}

}  // namespace

void append_eve_time(std::string& out, int64_t time_ns) {
    using namespace std::chrono;
    const sys_time<nanoseconds> time{nanoseconds(time_ns)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<microseconds>(time - day));
    fmt::format_to(std::back_inserter(out),
                   FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+0000"),
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), clock.hours().count(),
                   clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

void append_eve_head(std::string& out, const FlowRecord& record, int64_t time_ns,
                     std::string_view event_type, std::string_view port_name) {
    const auto to = std::back_inserter(out);
    out += R"({"timestamp":")";
    append_eve_time(out, time_ns);
    fmt::format_to(to, FMT_COMPILE(R"(","flow_id":{})"), record.flow_id);
    if (!port_name.empty()) {
        out += R"(,"in_iface":)";
        append_json_string(out, port_name);
    }
    fmt::format_to(to, FMT_COMPILE(R"(,"event_type":"{}")"), event_type);
    if (record.vlan_ids[0] != vlan_absent) {
        fmt::format_to(to, FMT_COMPILE(R"(,"vlan":[{})"), record.vlan_ids[0]);
        if (record.vlan_ids[1] != vlan_absent)
            fmt::format_to(to, FMT_COMPILE(",{}"), record.vlan_ids[1]);
        out += ']';
    }
    out += R"(,"src_ip":")";
    append_address(out, record.initiator_address, record.ip_version);
    if (shows_ports(record))
        fmt::format_to(to, FMT_COMPILE(R"(","src_port":{},"dest_ip":")"), record.initiator_port);
    else out += R"(","dest_ip":")";
    append_address(out, record.responder_address, record.ip_version);
    out += '"';
    if (shows_ports(record))
        fmt::format_to(to, FMT_COMPILE(R"(,"dest_port":{})"), record.responder_port);
    const auto name = protocol_name(record.protocol);
    if (name.empty()) fmt::format_to(to, FMT_COMPILE(R"(,"proto":"{:03}")"), record.protocol);
    else fmt::format_to(to, FMT_COMPILE(R"(,"proto":"{}")"), name);
    fmt::format_to(to, FMT_COMPILE(R"(,"ip_v":{})"), record.ip_version);
    if (is_icmp(record))
        fmt::format_to(to, FMT_COMPILE(R"(,"icmp_type":{},"icmp_code":{})"), record.icmp_type,
                       record.icmp_code);
    fmt::format_to(to, FMT_COMPILE(R"(,"community_id":"{}")"), community_id(record));
}

void append_eve_json(std::string& out, const FlowRecord& record, std::string_view port_name) {
    const auto to = std::back_inserter(out);
    append_eve_head(out, record, record.last_ns, "flow", port_name);
    append_app_proto(out, record);
    out += R"(,"flow":{)";
    append_sides(out, "pkts", record.initiator.packets, record.responder.packets);
    append_sides(out, "bytes", record.initiator.wire_bytes, record.responder.wire_bytes);
    append_sides(out, "ip_bytes", record.initiator.ip_bytes, record.responder.ip_bytes);
    append_sides(out, "payload_bytes", record.initiator.payload_bytes,
                 record.responder.payload_bytes);
    out += R"("start":")";
    append_eve_time(out, record.first_ns);
    out += R"(","end":")";
    append_eve_time(out, record.last_ns);
    constexpr int64_t second_ns = 1'000'000'000;
    fmt::format_to(to,
                   FMT_COMPILE(R"(","start_ns":{},"end_ns":{},"age":{},"state":"{}","reason":"{}",)"
                               R"("end_reason":"{}","part":{})"),
                   record.first_ns, record.last_ns, (record.last_ns - record.first_ns) / second_ns,
                   eve_state(record), eve_reason(record.end_reason),
                   end_reason_name(record.end_reason), record.part);
    append_direction(out, "toserver", record.initiator);
    append_direction(out, "toclient", record.responder);
    if ((record.flags & has_fragments) != 0) out += R"(,"fragments":true)";
    if ((record.flags & aggregated) != 0) out += R"(,"aggregated":true)";
    if ((record.flags & loss_in_lifetime) != 0) out += R"(,"loss_in_lifetime":true)";
    fmt::format_to(to, FMT_COMPILE(R"(,"initiator":"{}","alerted":{})"),
                   initiator_reason_names[static_cast<size_t>(record.initiator_reason)],
                   is_alerted(record));
    out += '}';
    if (record.protocol == protocol::tcp && shows_ports(record)) append_tcp(out, record);
    if ((record.flags & has_matches) != 0) append_matches(out, record.matches);
    append_app_json_of_flow(out, fields_of(record));
    if ((record.flags & has_splt) != 0) append_splt(out, record.splt);
    if ((record.flags & has_tunnel) != 0) append_tunnel(out, record);
    if ((record.flags & has_quoted_flow) != 0) append_quoted_flow(out, record);
    out += '}';
}

const std::string_view csv_header =
    "flow_id,part,start_ns,end_ns,proto,ip_v,src_ip,src_port,dest_ip,dest_port,vlan,pkts_toserver,"
    "pkts_toclient,"
    "bytes_toserver,bytes_toclient,ip_bytes_toserver,ip_bytes_toclient,tcp_flags_ts,tcp_flags_tc,"
    "icmp_type,icmp_code,"
    "end_reason,community_id,tunnel,tunnel_src_ip,tunnel_dest_ip,tunnel_id_toserver,"
    "tunnel_id_toclient,payload_bytes_toserver,payload_bytes_toclient,conn_state,history,"
    "retransmissions_toserver,retransmissions_toclient,missed_bytes_toserver,"
    "missed_bytes_toclient,rtt_server_ns,rtt_client_ns,alerted,match_hits,rule_ids,app_proto,app_"
    "proto_source,"
    "app_name";

void append_csv(std::string& out, const FlowRecord& record) {
    const auto to = std::back_inserter(out);
    fmt::format_to(to, FMT_COMPILE("{},{},{},{},{},{},"), record.flow_id, record.part,
                   record.first_ns, record.last_ns, record.protocol, record.ip_version);
    const auto endpoint = [&](const uint8_t* address, uint16_t port) {
        append_address(out, address, record.ip_version);
        if (shows_ports(record)) fmt::format_to(to, FMT_COMPILE(",{},"), port);
        else out += ",,";
    };
    endpoint(record.initiator_address, record.initiator_port);
    endpoint(record.responder_address, record.responder_port);
    if (record.vlan_ids[0] != vlan_absent)
        fmt::format_to(to, FMT_COMPILE("{}"), record.vlan_ids[0]);
    if (record.vlan_ids[1] != vlan_absent)
        fmt::format_to(to, FMT_COMPILE(";{}"), record.vlan_ids[1]);
    const Direction& ts = record.initiator;
    const Direction& tc = record.responder;
    fmt::format_to(to, FMT_COMPILE(",{},{},{},{},{},{},{:02x},{:02x},"), ts.packets, tc.packets,
                   ts.wire_bytes, tc.wire_bytes, ts.ip_bytes, tc.ip_bytes, ts.tcp_flags,
                   tc.tcp_flags);
    if (is_icmp(record))
        fmt::format_to(to, FMT_COMPILE("{},{},"), record.icmp_type, record.icmp_code);
    else out += ",,";
    fmt::format_to(to, FMT_COMPILE("{},{},"), end_reason_name(record.end_reason),
                   community_id(record));
    append_csv_tunnel(out, record);
    fmt::format_to(to, FMT_COMPILE(",{},{}"), ts.payload_bytes, tc.payload_bytes);
    const Tcp& tcp = record.tcp;
    if ((record.flags & has_tcp) == 0) out += ",,,,,,,,";
    else
        fmt::format_to(to, FMT_COMPILE(",{},{},{},{},{},{},{},{}"),
                       conn_state_names[static_cast<size_t>(tcp.conn_state)], tcp.history,
                       tcp.initiator.retransmissions, tcp.responder.retransmissions,
                       tcp.initiator.missed_bytes, tcp.responder.missed_bytes, tcp.responder_rtt_ns,
                       tcp.initiator_rtt_ns);
    append_csv_matches(out, record);
    append_csv_application(out, record);
}

}  // namespace baleen::record
