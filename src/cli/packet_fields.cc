#include "cli/packet_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "packet/ip.h"
#include "record/names.h"
#include "record/text.h"

namespace baleen::cli {
namespace {

using filter::FieldType;
using filter::Value;

constexpr int64_t second_ns = 1'000'000'000;

// A header of one packet, told in the words of a flow's record.
void describe(const packet::Parsed& parsed, record::FlowRecord& record) {
    const packet::FlowKey& key = parsed.key;
    const packet::Layers& layers = parsed.layers;
    std::copy(key.src.begin(), key.src.end(), record.initiator_address);
    std::copy(key.dst.begin(), key.dst.end(), record.responder_address);
    record.initiator_port = key.src_port;
    record.responder_port = key.dst_port;
    record.protocol = key.protocol;
    record.ip_version = key.ip_version;
    record.icmp_type = layers.icmp_type;
    record.icmp_code = layers.icmp_code;
    if (key.ports_absent != packet::PortsAbsent::no) record.flags |= record::ports_absent;
    std::copy(layers.vlan_ids.begin(), layers.vlan_ids.end(), record.vlan_ids);
    record.initiator.packets = 1;
    record.initiator.tcp_flags = layers.tcp_flags;
    record.initiator.tos = layers.tos;
    record.initiator.ttl_min = record.initiator.ttl_max = layers.ttl;
    if (layers.tunnel == record::TunnelType::none) return;
    record.flags |= record::has_tunnel;
    const packet::Tunnel& tunnel = parsed.outer.tunnel;
    std::copy(tunnel.src.begin(), tunnel.src.end(), record.encapsulation.outer_initiator);
    std::copy(tunnel.dst.begin(), tunnel.dst.end(), record.encapsulation.outer_responder);
    record.encapsulation.tunnel_type = layers.tunnel;
    record.encapsulation.tunnel_depth = tunnel.depth;
    record.encapsulation.outer_ip_version = tunnel.ip_version;
    std::fill(std::begin(record.encapsulation.tunnel_ids),
              std::end(record.encapsulation.tunnel_ids), tunnel.id);
}

std::string text_of(const filter::Field& field, const Value& value) {
    if (value.type == Value::Type::address)
        return record::format_address(value.address.data(), value.ip_version);
    if (value.type == Value::Type::text) {
        std::string out;
        record::append_printable(out, value.text);
        return out;
    }
    const bool is_time = field.type == FieldType::time || field.type == FieldType::duration;
    if (!is_time) return fmt::format("{}", value.number);
    return fmt::format("{}.{:09}", value.number / second_ns, value.number % second_ns);
}

}  // namespace

PacketSubject::PacketSubject(const packet::Parsed& parsed, uint64_t number,
                             const dissect::PacketDissector::Dissected& dissected)
    : facts_(filter::PacketFacts{.number = number,
                                 .time_ns = parsed.packet.time_ns,
                                 .wire_bytes = parsed.packet.wire_length,
                                 .captured_bytes = parsed.packet.captured_length}),
      events_(dissected.events) {
    std::fill(std::begin(record_.vlan_ids), std::end(record_.vlan_ids), record::vlan_absent);
    record_.first_ns = record_.last_ns = parsed.packet.time_ns;
    if (parsed.verdict == packet::Verdict::counted_flow) describe(parsed, record_);
    else record_.flags = record::ports_absent;
    record_.flow_id = dissected.flow_id;
    if (dissected.app_proto == application::AppProto::unknown) return;
    record_.flags |= record::has_application;
    record_.application.app_proto = dissected.app_proto;
}

PacketSubject::PacketSubject(const record::AppMessage& event)
    : record_(record::flow_of(event.event)), events_(&event, 1) {}

bool PacketSubject::matches(const filter::Filter& filter) const {
    const auto fits = [&](const record::AppMessage& event) {
        return filter.matches(subject(&event));
    };
    return std::ranges::any_of(events_, fits) || filter.matches(subject(nullptr));
}

template <class Take>
void PacketSubject::each_value(const filter::Field& field, Take take) const {
    const auto read = [&](const record::AppMessage* event) {
        filter::Values values;
        field.read(subject(event), values);
        for (const Value& value : values) take(value);
    };
    // What every packet has is the same with each of its events.
    const bool is_of_events = field.get == nullptr;
    if (!is_of_events || events_.empty()) return read(events_.empty() ? nullptr : &events_.front());
    for (const record::AppMessage& event : events_) read(&event);
}

std::string PacketSubject::values(const filter::Field& field) const {
    std::vector<std::string> texts;
    each_value(field, [&](const Value& value) { texts.push_back(text_of(field, value)); });
    return fmt::format("{}", fmt::join(texts, ","));
}

std::string PacketSubject::values_json(const filter::Field& field) const {
    std::string out;
    each_value(field, [&](const Value& value) {
        if (!out.empty()) out += ',';
        if (value.type == Value::Type::text) record::append_json_string(out, value.text);
        else if (value.type == Value::Type::address)
            record::append_json_string(out, text_of(field, value));
        else fmt::format_to(std::back_inserter(out), "{}", value.number);
    });
    return out;
}

}  // namespace baleen::cli
