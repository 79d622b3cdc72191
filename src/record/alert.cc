#include "record/alert.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <iterator>
#include <vector>

#include "record/columns.h"
#include "record/community_id.h"
#include "record/eve_json.h"
#include "record/names.h"
#include "record/text.h"

namespace baleen::record {
namespace {

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
    const auto flag = [&](std::string_view name, MatchFlags bit) {
        return Column{name, flag_text(event, bit), Column::Type::json};
    };
    std::vector<Column> columns = head_columns(flow, "alert", port_name);
    for (const Column& column : {
             text_column("direction", direction_name(event.side)),
             number_column("gid", event.gid),
             number_column("signature_id", event.id),
             number_column("rev", event.rev),
             text_column("signature", match.name()),
             text_column("category", match.classtype()),
             number_column("severity", event.severity),
             text_column("action", action_name(event.action)),
             number_column("generation", event.generation),
             number_column("offset", event.offset),
             flag("stream", on_stream),
             flag("candidate", candidate),
             flag("behind_gap", behind_gap),
             number_column("suppressed", event.suppressed),
             text_column("community_id", community_id(flow)),
             text_column("payload_printable", printable_payload(match)),
         })
        columns.push_back(column);
    return columns;
}

void append_rule_text(std::string& out, const Match& match) {
    append_printable(out, match.name());
    if (match.event.classtype_bytes > 0) {
        out += " [";
        append_printable(out, match.classtype());
        out += ']';
    }
    if ((match.event.flags & candidate) != 0) out += " candidate";
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
    append_csv_columns(out, columns_of(match, port_name));
}

void append_alert_json(std::string& out, const Match& match, std::string_view port_name) {
    append_json_columns(out, columns_of(match, port_name));
}

const std::string_view alert_table_header =
    "TIME (UTC)                  SEVERITY  PROTO  SOURCE                       "
    "DESTINATION                  RULE            NAME";

void append_alert_row(std::string& out, const Match& match) {
    const MatchEvent& event = match.event;
    const FlowRecord flow = flow_of(event);
    fmt::format_to(std::back_inserter(out), "{}  {:>8}  {:<5}  {:<27}  {:<27}  {:<14}  ",
                   table_time(event.time_ns), event.severity, table_protocol(event.protocol),
                   format_endpoint(flow, flow.initiator_address, flow.initiator_port),
                   format_endpoint(flow, flow.responder_address, flow.responder_port),
                   rule_id(event));
    append_rule_text(out, match);
    if (event.suppressed > 0) fmt::format_to(std::back_inserter(out), " +{}", event.suppressed);
}

void append_alert_line(std::string& out, const Match& match) {
    fmt::format_to(std::back_inserter(out), "{} severity {}: ", rule_id(match.event),
                   match.event.severity);
    append_rule_text(out, match);
}

}  // namespace baleen::record
