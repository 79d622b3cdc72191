#include "record/event_row.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <iterator>
#include <vector>

#include "record/alert.h"
#include "record/app_fields.h"
#include "record/app_json.h"
#include "record/app_line.h"
#include "record/columns.h"
#include "record/community_id.h"
#include "record/eve_json.h"

namespace baleen::record {
namespace {

std::string_view direction_of(const AppEvent& event) {
    return direction_name((event.flags & from_responder) != 0 ? ruleset::Side::to_client
                                                              : ruleset::Side::to_server);
}

std::string line_of(const AppMessage& message) {
    std::string out;
    append_app_line(out, message.event.app_proto, message.fields());
    return out;
}

std::string line_of(const Match& match) {
    std::string out;
    append_alert_line(out, match);
    return out;
}

// What differs between types of events; of alerts, most columns are empty.
struct Telling {
    FlowRecord flow;
    std::string_view type;
    std::string_view direction;
    std::string app_proto;
    std::string_view app_name;
    std::string line;
    uint32_t suppressed;
    std::string fields;
};

Telling tell(const AppMessage& message) {
    std::string fields = "{";
    append_app_json(fields, message.fields());
    return {flow_of(message.event),      event_type_of(message.event.app_proto),
            direction_of(message.event), app_proto_name(message.event.app_proto),
            app_name(message.fields()),  line_of(message),
            message.event.suppressed,    fields + '}'};
}

Telling tell(const Match& match) {
    return {
        flow_of(match.event),   "alert", direction_name(match.event.side), {}, {}, line_of(match),
        match.event.suppressed, {}};
}

std::vector<Column> columns_of(const Telling& event, std::string_view port_name) {
    std::vector<Column> columns = head_columns(event.flow, event.type, port_name);
    for (const Column& column : {
             text_column("direction", event.direction),
             text_column("app_proto", event.app_proto),
             text_column("app_name", event.app_name),
             text_column("summary", event.line),
             number_column("suppressed", event.suppressed),
             text_column("community_id", community_id(event.flow)),
             Column{"fields", event.fields, Column::Type::json},
         })
        columns.push_back(column);
    return columns;
}

void append_row(std::string& out, const Telling& event) {
    const FlowRecord& flow = event.flow;
    fmt::format_to(std::back_inserter(out), "{}  {:<5}  {:<27}  {:<27}  {:<10}  {}",
                   table_time(flow.first_ns), table_protocol(flow.protocol),
                   format_endpoint(flow, flow.initiator_address, flow.initiator_port),
                   format_endpoint(flow, flow.responder_address, flow.responder_port),
                   event.app_proto.empty() ? std::string(event.type) : event.app_proto, event.line);
    if (event.suppressed > 0) fmt::format_to(std::back_inserter(out), " +{}", event.suppressed);
}

}  // namespace

void append_eve_app(std::string& out, const AppMessage& message, std::string_view port_name) {
    const AppEvent& event = message.event;
    append_eve_head(out, flow_of(event), event.time_ns, event_type_of(event.app_proto), port_name);
    const auto to = std::back_inserter(out);
    fmt::format_to(to, FMT_COMPILE(R"(,"app_proto":"{}","direction":"{}","tx_id":{},"time_ns":{})"),
                   app_proto_name(event.app_proto), direction_of(event), event.number,
                   event.time_ns);
    if (event.suppressed != 0)
        fmt::format_to(to, FMT_COMPILE(R"(,"suppressed":{})"), event.suppressed);
    if ((event.flags & fields_cut) != 0) out += R"(,"fields_cut":true)";
    out += ',';
    append_app_json(out, message.fields());
    if (out.back() == ',') out.pop_back();
    out += '}';
}

const std::string_view event_csv_header =
    "time_ns,event_type,flow_id,in_iface,proto,ip_v,src_ip,src_port,dest_ip,dest_port,vlan,"
    "direction,app_proto,app_name,summary,suppressed,community_id,fields";

void append_event_csv(std::string& out, const AppMessage& message, std::string_view port_name) {
    append_csv_columns(out, columns_of(tell(message), port_name));
}
void append_event_csv(std::string& out, const Match& match, std::string_view port_name) {
    append_csv_columns(out, columns_of(tell(match), port_name));
}

void append_event_json(std::string& out, const AppMessage& message, std::string_view port_name) {
    append_json_columns(out, columns_of(tell(message), port_name));
}
void append_event_json(std::string& out, const Match& match, std::string_view port_name) {
    append_json_columns(out, columns_of(tell(match), port_name));
}

const std::string_view event_table_header =
    "TIME (UTC)                  PROTO  SOURCE                       DESTINATION                  "
    "TYPE        SUMMARY";

void append_event_row(std::string& out, const AppMessage& message) {
    append_row(out, tell(message));
}
void append_event_row(std::string& out, const Match& match) { append_row(out, tell(match)); }

}  // namespace baleen::record
