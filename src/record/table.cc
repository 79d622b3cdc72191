// The row that `baleen flows` prints for people.
#include <fmt/format.h>

#include <iterator>
#include <span>

#include "base/units.h"
#include "packet/ip.h"
#include "record/app_fields.h"
#include "record/columns.h"
#include "record/eve_json.h"
#include "record/names.h"
#include "record/text.h"

namespace baleen::record {

std::string format_endpoint(const FlowRecord& record, const uint8_t* address, uint16_t port) {
    std::string out = format_address(address, record.ip_version);
    const bool is_icmp =
        record.protocol == packet::protocol::icmp || record.protocol == packet::protocol::icmpv6;
    if (is_icmp || (record.flags & ports_absent) != 0) return out;
    return record.ip_version == 6 ? fmt::format("[{}]:{}", out, port)
                                  : fmt::format("{}:{}", out, port);
}

namespace {

std::string details(const FlowRecord& record) {
    std::string out;
    if (record.protocol == packet::protocol::tcp)
        out = fmt::format("{}/{}", tcp_flag_letters(record.initiator.tcp_flags),
                          tcp_flag_letters(record.responder.tcp_flags));
    if ((record.flags & has_tcp) != 0)
        out += fmt::format(" {} {}", conn_state_names[static_cast<size_t>(record.tcp.conn_state)],
                           record.tcp.history);
    if (record.protocol == packet::protocol::icmp || record.protocol == packet::protocol::icmpv6)
        out = fmt::format("type {} code {}", record.icmp_type, record.icmp_code);
    if (record.vlan_ids[0] != vlan_absent) out += fmt::format(" vlan {}", record.vlan_ids[0]);
    if (record.vlan_ids[1] != vlan_absent) out += fmt::format(".{}", record.vlan_ids[1]);
    if ((record.flags & has_tunnel) != 0) {
        const Encapsulation& around = record.encapsulation;
        out += fmt::format(" {} {}", tunnel_type_names[static_cast<size_t>(around.tunnel_type)],
                           around.tunnel_ids[record.initiator.packets > 0 ? 0 : 1]);
        if (around.tunnel_depth > 0)
            out += fmt::format(" {} > {}",
                               format_address(around.outer_initiator, around.outer_ip_version),
                               format_address(around.outer_responder, around.outer_ip_version));
    }
    if ((record.flags & has_quoted_flow) != 0)
        out +=
            fmt::format(" about {} to {}:{}", protocol_name(record.encapsulation.quoted_protocol),
                        format_address(record.encapsulation.quoted_destination, record.ip_version),
                        record.encapsulation.quoted_dst_port);
    if ((record.flags & has_matches) != 0) {
        const auto told = std::span(record.matches.rule_ids).first(record.matches.rule_count);
        out += fmt::format(" hits {} of {}", record.matches.hits, fmt::join(told, ","));
    }
    return out;
}

// "tls", or "tls?" where only a port or nDPI says so.
std::string app_cell(const FlowRecord& record) {
    const AppGuess guess = app_proto_of(record);
    if (guess.app_proto == application::AppProto::unknown) return {};
    return app_proto_name(guess) + (guess.source == AppSource::content ? "" : "?");
}

std::string name_cell(const FlowRecord& record) {
    std::string out;
    append_printable(out, app_name(fields_of(record)));
    return out;
}

}  // namespace

const std::string_view table_header =
    "START (UTC)                  DURATION  PROTO  APP         INITIATOR                    R"
    "ESPONDER                     PACKETS > / <          BYTES > / <  END              NAME  "
    "                          DETAILS";

void append_table_row(std::string& out, const FlowRecord& record) {
    const double duration_s = static_cast<double>(record.last_ns - record.first_ns) / 1e9;
    const auto pair = [](uint64_t a, uint64_t b, std::string_view unit) {
        return fmt::format("{} / {}", base::format_rounded(static_cast<double>(a), unit),
                           base::format_rounded(static_cast<double>(b), unit));
    };
    fmt::format_to(
        std::back_inserter(out),
        "{:<27} {:>8.3f}s  {:<5}  {:<10}  {:<27}  {:<27}  {:>14}  {:>19}  {:<15}  {:<30}  {}",
        table_time(record.first_ns), duration_s, table_protocol(record.protocol), app_cell(record),
        format_endpoint(record, record.initiator_address, record.initiator_port),
        format_endpoint(record, record.responder_address, record.responder_port),
        pair(record.initiator.packets, record.responder.packets, ""),
        pair(record.initiator.wire_bytes, record.responder.wire_bytes, "B"),
        end_reason_name(record.end_reason), name_cell(record), details(record));
}

}  // namespace baleen::record
