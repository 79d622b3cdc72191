#include "record/alert.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <iterator>
#include <vector>

#include "record/community_id.h"
#include "record/eve_json.h"
#include "record/names.h"
#include "record/text.h"

namespace baleen::record {
namespace {

// One value of a row, with the name of its column. Texts may need quotes, numbers never do.
struct Column {
    std::string_view name;
    std::string value;
    bool is_text;
};

std::string endpoint_port(const FlowRecord& flow, uint16_t port) {
    const bool shown = protocol_has_ports(flow.protocol);
    return shown ? std::to_string(port) : std::string{};
}

std::string vlans(const FlowRecord& flow) {
    std::string out;
    for (const uint16_t id : flow.vlan_ids)
        if (id != vlan_absent) out += (out.empty() ? "" : ";") + std::to_string(id);
    return out;
}

std::string printable_payload(const Match& match) {
    std::string out;
    append_printable_payload(out, match.excerpt());
    return out;
}

std::string flag_text(const MatchEvent& event, MatchFlags flag) {
    return (event.flags & flag) != 0 ? "true" : "false";
}

std::vector<Column> columns_of(const Match& match, std::string_view port_name) {
    const MatchEvent& event = match.event;
    const FlowRecord flow = flow_of(event);
    const auto number = [](std::string_view name, uint64_t value) {
        return Column{name, std::to_string(value), false};
    };
    const auto text = [](std::string_view name, std::string_view value) {
        return Column{name, std::string(value), true};
    };
    return {
        number("time_ns", static_cast<uint64_t>(event.time_ns)),
        text("event_type", "alert"),
        number("flow_id", event.flow_id),
        text("in_iface", port_name),
        number("proto", event.protocol),
        number("ip_v", event.ip_version),
        text("src_ip", format_address(event.src, event.ip_version)),
        {"src_port", endpoint_port(flow, event.src_port), false},
        text("dest_ip", format_address(event.dst, event.ip_version)),
        {"dest_port", endpoint_port(flow, event.dst_port), false},
        text("vlan", vlans(flow)),
        text("direction", direction_name(event.side)),
        number("gid", event.gid),
        number("signature_id", event.id),
        number("rev", event.rev),
        text("signature", match.name()),
        text("category", match.classtype()),
        number("severity", event.severity),
        text("action", action_name(event.action)),
        number("generation", event.generation),
        number("offset", event.offset),
        {"stream", flag_text(event, on_stream), false},
        {"candidate", flag_text(event, candidate), false},
        {"behind_gap", flag_text(event, behind_gap), false},
        number("suppressed", event.suppressed),
        text("community_id", community_id(flow)),
        text("payload_printable", printable_payload(match)),
    };
}

std::string rule_id(const MatchEvent& event) {
    return fmt::format("{}:{}:{}", event.gid, event.id, event.rev);
}

}  // namespace

std::string_view direction_name(ruleset::Side side) {
    return side == ruleset::Side::to_server ? "to_server" : "to_client";
}

void append_eve_alert(std::string& out, const Match& match, std::string_view port_name) {
    const auto to = std::back_inserter(out);
    const MatchEvent& event = match.event;
    append_eve_head(out, flow_of(event), event.time_ns, "alert", port_name);
    // The packets have gone their way, whatever was found in them.
    fmt::format_to(to,
                   FMT_COMPILE(R"(,"alert":{{"action":"allowed","gid":{},"signature_id":{},)"
                               R"("rev":{},"signature":)"),
                   event.gid, event.id, event.rev);
    append_json_string(out, match.name());
    out += R"(,"category":)";
    append_json_string(out, match.classtype());
    fmt::format_to(to, FMT_COMPILE(R"(,"severity":{}}},"direction":"{}")"), event.severity,
                   direction_name(event.side));
    if (event.excerpt_bytes > 0) {
        out += R"(,"payload":")";
        append_base64(out, match.excerpt());
        out += R"(","payload_printable":)";
        append_json_string(out, printable_payload(match));
    }
    fmt::format_to(
        to,
        FMT_COMPILE(R"(,"stream":{},"match":{{"time_ns":{},"action":"{}","offset":{},)"
                    R"("generation":{},"candidate":{},"behind_gap":{},"suppressed":{}}}}})"),
        (event.flags & on_stream) != 0 ? 1 : 0, event.time_ns, action_name(event.action),
        event.offset, event.generation, flag_text(event, candidate), flag_text(event, behind_gap),
        event.suppressed);
}

const std::string_view alert_csv_header =
    "time_ns,event_type,flow_id,in_iface,proto,ip_v,src_ip,src_port,dest_ip,dest_port,vlan,"
    "direction,gid,signature_id,rev,signature,category,severity,action,generation,offset,stream,"
    "candidate,behind_gap,suppressed,community_id,payload_printable";

void append_alert_csv(std::string& out, const Match& match, std::string_view port_name) {
    bool first = true;
    for (const Column& column : columns_of(match, port_name)) {
        if (!first) out += ',';
        append_csv_text(out, column.value);
        first = false;
    }
}

void append_alert_json(std::string& out, const Match& match, std::string_view port_name) {
    out += '{';
    for (const Column& column : columns_of(match, port_name)) {
        if (column.value.empty()) continue;
        if (out.back() != '{') out += ',';
        append_json_string(out, column.name);
        out += ':';
        if (column.is_text) append_json_string(out, column.value);
        else out += column.value;
    }
    out += '}';
}

const std::string_view alert_table_header =
    "TIME (UTC)                  SEVERITY  PROTO  SOURCE                       "
    "DESTINATION                  RULE            NAME";

void append_alert_row(std::string& out, const Match& match) {
    const MatchEvent& event = match.event;
    const FlowRecord flow = flow_of(event);
    std::string time;
    append_eve_time(time, event.time_ns);
    time.resize(time.size() - 5);  // the zone is in the header
    const auto name = protocol_name(event.protocol);
    fmt::format_to(
        std::back_inserter(out), "{}  {:>8}  {:<5}  {:<27}  {:<27}  {:<14}  ", time, event.severity,
        name.empty() ? fmt::format("{}", event.protocol) : std::string(name).substr(0, 5),
        format_endpoint(flow, flow.initiator_address, flow.initiator_port),
        format_endpoint(flow, flow.responder_address, flow.responder_port), rule_id(event));
    append_printable(out, match.name());
    if (event.classtype_bytes > 0) {
        out += " [";
        append_printable(out, match.classtype());
        out += ']';
    }
    if ((event.flags & candidate) != 0) out += " candidate";
    if (event.suppressed > 0) fmt::format_to(std::back_inserter(out), " +{}", event.suppressed);
}

}  // namespace baleen::record
