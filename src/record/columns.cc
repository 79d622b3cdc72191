#include "record/columns.h"

#include <fmt/format.h>

#include "record/eve_json.h"
#include "record/names.h"
#include "record/text.h"

namespace baleen::record {
namespace {

Column port_column(std::string_view name, const FlowRecord& flow, uint16_t port) {
    const bool shown = protocol_has_ports(flow.protocol);
    return {name, shown ? std::to_string(port) : std::string{}, Column::Type::number};
}

std::string vlans(const FlowRecord& flow) {
    std::string out;
    for (const uint16_t id : flow.vlan_ids)
        if (id != vlan_absent) out += (out.empty() ? "" : ";") + std::to_string(id);
    return out;
}

}  // namespace

Column number_column(std::string_view name, uint64_t value) {
    return {name, std::to_string(value), Column::Type::number};
}

Column text_column(std::string_view name, std::string_view value) {
    return {name, std::string(value), Column::Type::text};
}

std::vector<Column> head_columns(const FlowRecord& flow, std::string_view event_type,
                                 std::string_view port_name) {
    return {
        number_column("time_ns", static_cast<uint64_t>(flow.first_ns)),
        text_column("event_type", event_type),
        number_column("flow_id", flow.flow_id),
        text_column("in_iface", port_name),
        number_column("proto", flow.protocol),
        number_column("ip_v", flow.ip_version),
        text_column("src_ip", format_address(flow.initiator_address, flow.ip_version)),
        port_column("src_port", flow, flow.initiator_port),
        text_column("dest_ip", format_address(flow.responder_address, flow.ip_version)),
        port_column("dest_port", flow, flow.responder_port),
        text_column("vlan", vlans(flow)),
    };
}

void append_csv_columns(std::string& out, std::span<const Column> columns) {
    bool first = true;
    for (const Column& column : columns) {
        if (!first) out += ',';
        append_csv_text(out, column.value);
        first = false;
    }
}

void append_json_columns(std::string& out, std::span<const Column> columns) {
    out += '{';
    for (const Column& column : columns) {
        if (column.value.empty()) continue;
        if (out.back() != '{') out += ',';
        append_json_string(out, column.name);
        out += ':';
        if (column.type == Column::Type::text) append_json_string(out, column.value);
        else out += column.value;
    }
    out += '}';
}

std::string table_time(int64_t time_ns) {
    constexpr size_t zone_characters = 5;  // "+0000"
    std::string out;
    append_eve_time(out, time_ns);
    out.resize(out.size() - zone_characters);
    return out;
}

std::string table_protocol(uint8_t protocol) {
    const auto name = protocol_name(protocol);
    return name.empty() ? std::to_string(protocol) : std::string(name).substr(0, 5);
}

}  // namespace baleen::record
