// Flow records for tests: each says only what it is about, the rest is a valid record.
//
//     RecordBuilder().tcp().from("10.0.0.1", 40000).to("10.0.0.2", 443).sent(3, 180)
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>

#include "baleen/record.h"
#include "baleen/ruleset.h"
#include "tests/unit/address.h"
#include "tests/unit/random.h"
#include "tests/unit/times.h"

namespace baleen::test {

class RecordBuilder {
public:
    RecordBuilder() {
        record_.flow_id = 1;
        record_.end_reason = record::EndReason::idle_timeout;
        for (uint16_t& id : record_.vlan_ids) id = record::vlan_absent;
        from("10.0.0.1", 40000).to("10.0.0.2", 443).tcp().sent(1, 60).starts(start_ns).lasts(0);
    }

    RecordBuilder& id(uint64_t flow_id) { return set(record_.flow_id, flow_id); }
    RecordBuilder& part(uint32_t number) { return set(record_.part, number); }
    // The IP version follows from the address.
    RecordBuilder& from(const std::string& address, uint16_t port = 0) {
        set_address(record_.initiator_address, address);
        return set(record_.initiator_port, port);
    }
    RecordBuilder& to(const std::string& address, uint16_t port = 0) {
        set_address(record_.responder_address, address);
        return set(record_.responder_port, port);
    }

    RecordBuilder& protocol(uint8_t number) { return set(record_.protocol, number); }
    RecordBuilder& tcp() { return protocol(6); }
    RecordBuilder& udp() { return protocol(17); }
    RecordBuilder& sctp() { return protocol(132); }
    RecordBuilder& icmp(uint8_t type, uint8_t code) {
        record_.icmp_type = type;
        record_.icmp_code = code;
        record_.initiator_port = record_.responder_port = 0;
        return protocol(record_.ip_version == 6 ? 58 : 1);
    }
    // A protocol without ports, or one of whose ports nothing is known.
    RecordBuilder& portless(uint8_t number) {
        record_.initiator_port = record_.responder_port = 0;
        return protocol(number).flags(record::ports_absent);
    }

    RecordBuilder& in_tunnel(record::TunnelType type, uint32_t id, uint32_t id_back = 0) {
        record_.flags |= record::has_tunnel;
        record_.encapsulation.tunnel_type = type;
        record_.encapsulation.tunnel_ids[0] = id;
        return set(record_.encapsulation.tunnel_ids[1], id_back);
    }
    RecordBuilder& tunnel_ends(const std::string& initiator, const std::string& responder) {
        const uint8_t ip_version = record_.ip_version;
        set_address(record_.encapsulation.outer_initiator, initiator);
        set_address(record_.encapsulation.outer_responder, responder);
        record_.encapsulation.outer_ip_version = std::exchange(record_.ip_version, ip_version);
        return set(record_.encapsulation.tunnel_depth, uint8_t{1});
    }
    // An ICMP error about a packet from the responder to `address`.
    RecordBuilder& quotes(uint8_t protocol_number, uint16_t src_port, const std::string& address,
                          uint16_t dst_port) {
        record_.flags |= record::has_quoted_flow;
        record_.encapsulation.quoted_protocol = protocol_number;
        record_.encapsulation.quoted_src_port = src_port;
        record_.encapsulation.quoted_dst_port = dst_port;
        set_address(record_.encapsulation.quoted_destination, address);
        return *this;
    }

    RecordBuilder& flags(uint16_t bits) { return set(record_.flags, bits); }
    RecordBuilder& vlan(uint16_t outer, uint16_t inner = record::vlan_absent) {
        record_.vlan_ids[0] = outer;
        return set(record_.vlan_ids[1], inner);
    }
    RecordBuilder& ended(record::EndReason reason) { return set(record_.end_reason, reason); }
    RecordBuilder& starts(int64_t time_ns) {
        record_.last_ns += time_ns - record_.first_ns;
        return set(record_.first_ns, time_ns);
    }
    RecordBuilder& lasts(int64_t duration_ns) {
        return set(record_.last_ns, record_.first_ns + duration_ns);
    }

    RecordBuilder& sent(uint64_t packets, uint64_t bytes) {
        return count(record_.initiator, packets, bytes);
    }
    RecordBuilder& answered(uint64_t packets, uint64_t bytes) {
        return count(record_.responder, packets, bytes);
    }
    RecordBuilder& tcp_section(const record::Tcp& section) {
        record_.flags |= record::has_tcp;
        return set(record_.tcp, section);
    }
    // One hit of each rule.
    RecordBuilder& hits(std::initializer_list<uint32_t> rule_ids, uint8_t severity = 2,
                        ruleset::Action action = ruleset::Action::alert) {
        record_.flags |= record::has_matches;
        record::Matches& matches = record_.matches;
        for (const uint32_t id : rule_ids) matches.rule_ids.at(matches.rule_count++) = id;
        matches.hits = matches.rule_count;
        matches.severity = severity;
        matches.actions = static_cast<uint8_t>(1u << static_cast<uint32_t>(action));
        return *this;
    }
    RecordBuilder& initiator(record::InitiatorReason reason) {
        return set(record_.initiator_reason, reason);
    }
    // Of the initiator's packets.
    RecordBuilder& sizes(uint16_t smallest, uint16_t largest) {
        record_.initiator.size_min = smallest;
        return set(record_.initiator.size_max, largest);
    }
    RecordBuilder& gaps(uint64_t mean_ns, uint64_t stddev_ns) {
        record_.initiator.gap_mean_ns = mean_ns;
        return set(record_.initiator.gap_stddev_ns, stddev_ns);
    }
    RecordBuilder& tcp_flags(uint16_t to_server, uint16_t to_client) {
        record_.initiator.tcp_flags = to_server;
        return set(record_.responder.tcp_flags, to_client);
    }
    RecordBuilder& tos(uint8_t to_server, uint8_t to_client) {
        record_.initiator.tos = to_server;
        return set(record_.responder.tos, to_client);
    }
    RecordBuilder& ttl(uint8_t minimum, uint8_t maximum) {
        record_.initiator.ttl_min = minimum;
        return set(record_.initiator.ttl_max, maximum);
    }

    operator record::FlowRecord() const { return record_; }

private:
    template <class T>
    RecordBuilder& set(T& field, T value) {
        field = value;
        return *this;
    }
    RecordBuilder& count(record::Direction& direction, uint64_t packets, uint64_t bytes) {
        direction.packets = packets;
        direction.wire_bytes = bytes;
        // Without the Ethernet header, where there is room for one.
        direction.ip_bytes = bytes > 14 * packets ? bytes - 14 * packets : 0;
        return *this;
    }
    void set_address(uint8_t* out, const std::string& text) {
        record_.ip_version = write_address(out, text);
    }

    record::FlowRecord record_{};
};

// Any record that record::find_problem() lets pass.
inline record::FlowRecord random_record(Random& random) {
    record::FlowRecord r{};
    r.flow_id = random.of_bits(53);
    r.first_ns = static_cast<int64_t>(random.of_bits(62));
    r.last_ns = r.first_ns + static_cast<int64_t>(random.of_bits(62));
    r.ip_version = random.one_in(2) ? 4 : 6;
    for (uint8_t* address : {r.initiator_address, r.responder_address}) {
        for (int i = 0; i < 16; i++)
            address[i] = random.one_in(2) ? 0 : static_cast<uint8_t>(random.below(256));
        if (r.ip_version == 4) {
            std::memset(address, 0, 10);
            address[10] = address[11] = 0xff;
        }
    }
    constexpr uint8_t usual[] = {1, 6, 17, 58, 132};
    r.protocol = random.one_in(3) ? static_cast<uint8_t>(random.below(256)) : random.pick(usual);
    const bool is_icmp = r.protocol == 1 || r.protocol == 58;
    r.flags = static_cast<uint8_t>(random.below(64));
    if (random.one_in(3)) r.flags |= record::has_matches;
    if (!is_icmp && (r.flags & record::ports_absent) == 0) {
        r.initiator_port = static_cast<uint16_t>(random.below(65536));
        r.responder_port = static_cast<uint16_t>(random.below(65536));
    }
    if (is_icmp) {
        r.icmp_type = static_cast<uint8_t>(random.below(256));
        r.icmp_code = static_cast<uint8_t>(random.below(256));
    }
    r.end_reason = static_cast<record::EndReason>(random.between(1, 5));
    const uint64_t tags = random.below(3);
    for (size_t i = 0; i < 2; i++)
        r.vlan_ids[i] = i < tags ? static_cast<uint16_t>(random.below(4096)) : record::vlan_absent;
    r.port_index = static_cast<uint16_t>(random.below(64));
    r.part = static_cast<uint32_t>(random.of_bits(32));
    for (record::Direction* direction : {&r.initiator, &r.responder}) {
        if (direction == &r.responder && random.one_in(3)) break;
        direction->packets = random.of_bits(40) + 1;
        direction->ip_bytes = random.of_bits(50);
        direction->wire_bytes = direction->ip_bytes + 14;
        direction->tcp_flags =
            r.protocol == 6 ? static_cast<uint16_t>(random.below(512)) : uint16_t{0};
        direction->tos = static_cast<uint8_t>(random.below(256));
        direction->ttl_min = static_cast<uint8_t>(random.below(256));
        direction->ttl_max = static_cast<uint8_t>(random.between(direction->ttl_min, 255));
    }
    if ((r.flags & record::has_tunnel) != 0) {
        r.encapsulation.tunnel_type =
            static_cast<record::TunnelType>(random.between(1, record::tunnel_type_count - 1));
        r.encapsulation.tunnel_depth = static_cast<uint8_t>(random.below(5));
        r.encapsulation.outer_ip_version = random.one_in(2) ? 4 : 6;
        for (uint32_t& id : r.encapsulation.tunnel_ids)
            id = static_cast<uint32_t>(random.of_bits(32));
    }
    if ((r.flags & record::has_matches) != 0) {
        r.matches.rule_count =
            static_cast<uint32_t>(random.between(1, record::match_rules_told_max));
        r.matches.hits = r.matches.rule_count + static_cast<uint32_t>(random.of_bits(31));
        r.matches.suppressed = static_cast<uint32_t>(random.below(r.matches.hits + 1));
        r.matches.severity = static_cast<uint8_t>(random.between(1, 255));
        r.matches.actions = static_cast<uint8_t>(random.below(8));
        for (uint32_t i = 0; i < r.matches.rule_count; i++)
            r.matches.rule_ids[i] = static_cast<uint32_t>(random.of_bits(32));
    }
    if ((r.flags & record::has_quoted_flow) != 0) {
        r.encapsulation.quoted_protocol = random.pick(usual);
        r.encapsulation.quoted_src_port = static_cast<uint16_t>(random.below(65536));
        r.encapsulation.quoted_dst_port = static_cast<uint16_t>(random.below(65536));
    }
    return r;
}

}  // namespace baleen::test
