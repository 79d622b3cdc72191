#include "cli/store/store_rows.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "baleen/app_event.h"

namespace baleen::cli {
namespace {

// ::ffff:10.a.b.c
void set_address(uint8_t address[16], uint64_t host) {
    const uint8_t bytes[] = {0xff,
                             0xff,
                             10,
                             static_cast<uint8_t>(host >> 16),
                             static_cast<uint8_t>(host >> 8),
                             static_cast<uint8_t>(host)};
    std::copy(std::begin(bytes), std::end(bytes), address + 10);
}

void set_no_vlan(uint16_t (&ids)[limits::vlan_ids_kept]) {
    std::fill(std::begin(ids), std::end(ids), record::vlan_absent);
}

constexpr uint64_t hosts = 50'000;
constexpr uint16_t ports[] = {53, 80, 443, 22};
constexpr uint8_t tcp = 6;

}  // namespace

uint8_t* StoreRows::add(int64_t first_ns, int64_t last_ns, size_t bytes) {
    rows_.push_back({first_ns, last_ns, bytes_.size(), bytes});
    bytes_.resize(bytes_.size() + bytes);
    return bytes_.data() + rows_.back().offset;
}

void StoreRows::set_direction(record::Direction& direction) {
    direction.packets = 1 + below(100);
    direction.ip_bytes = direction.packets * (100 + below(600));
    direction.wire_bytes = direction.ip_bytes + 18 * direction.packets;
    direction.payload_bytes = direction.ip_bytes - 52 * direction.packets;
    direction.gap_mean_ns = below(100'000'000);
    direction.gap_stddev_ns = below(100'000'000);
    direction.size_min = 52;
    direction.size_max = static_cast<uint16_t>(100 + below(1400));
    direction.tcp_flags = 0x1b;  // FIN, SYN, PSH, ACK
    direction.ttl_min = direction.ttl_max = static_cast<uint8_t>(40 + below(24));
}

// What differs from flow to flow does here: it is what a block cannot leave out.
void StoreRows::set_tcp(record::Tcp& tcp) {
    for (record::TcpSide* side : {&tcp.initiator, &tcp.responder}) {
        const bool lost = below(8) == 0;
        side->retransmissions = lost ? static_cast<uint32_t>(1 + below(20)) : 0;
        side->window_min = static_cast<uint32_t>(below(1 << 16));
        side->window_max = side->window_min + static_cast<uint32_t>(below(1 << 16));
        side->mss = 1460;
        side->window_scale = 7;
        side->options = record::sack_permitted | record::timestamps;
    }
    tcp.responder_rtt_ns = 100'000 + below(50'000'000);
    tcp.initiator_rtt_ns = 10'000 + below(1'000'000);
    tcp.conn_state = record::ConnState::sf;
    constexpr std::string_view histories[] = {"ShADadFf", "ShADadfF", "ShADdaFf", "ShADadtFf"};
    const std::string_view history = histories[below(std::size(histories))];
    std::copy(history.begin(), history.end(), tcp.history);
}

// TCP, with its section: 336 bytes.
void StoreRows::add_flow(int64_t end_ns) {
    constexpr uint64_t duration_ns_max = 60'000'000'000;
    record::FlowRecord flow{};
    flow.flow_id = random_() >> 11;
    flow.last_ns = end_ns;
    flow.first_ns = end_ns - static_cast<int64_t>(below(duration_ns_max));
    set_address(flow.initiator_address, below(hosts));
    set_address(flow.responder_address, below(hosts));
    flow.initiator_port = static_cast<uint16_t>(1024 + below(60'000));
    flow.responder_port = ports[below(std::size(ports))];
    flow.protocol = tcp;
    flow.ip_version = 4;
    flow.flags = record::has_tcp;
    set_no_vlan(flow.vlan_ids);
    flow.end_reason = record::EndReason::end_of_flow;
    set_direction(flow.initiator);
    set_direction(flow.responder);
    set_tcp(flow.tcp);
    record::pack(flow, add(flow.first_ns, flow.last_ns, record::record_bytes(flow)));
}

// A name that was asked for, and 200 bytes of what else was said.
void StoreRows::add_event(int64_t time_ns) {
    using application::Field;
    using application::FieldHead;
    constexpr std::string_view name = "www.example.com";
    constexpr size_t said_bytes = 200;
    constexpr size_t field_bytes = 2 * sizeof(FieldHead) + name.size() + said_bytes;
    record::AppEvent event{};
    event.flow_id = random_() >> 11;
    event.time_ns = time_ns;
    set_address(event.initiator_address, below(hosts));
    set_address(event.responder_address, below(hosts));
    event.initiator_port = static_cast<uint16_t>(1024 + below(60'000));
    event.responder_port = 80;
    event.protocol = tcp;
    event.ip_version = 4;
    event.app_proto = application::AppProto::http;
    set_no_vlan(event.vlan_ids);
    event.field_bytes = field_bytes;
    uint8_t* to = add(time_ns, time_ns, sizeof event + field_bytes);
    const auto put = [&](const void* from, size_t bytes) {
        std::memcpy(to, from, bytes);
        to += bytes;
    };
    const FieldHead heads[] = {
        {static_cast<uint16_t>(Field::http_hostname), static_cast<uint16_t>(name.size())},
        {static_cast<uint16_t>(Field::http_url), said_bytes}};
    put(&event, sizeof event);
    put(&heads[0], sizeof heads[0]);
    put(name.data(), name.size());
    put(&heads[1], sizeof heads[1]);
    std::memset(to, 'a', said_bytes);
}

void StoreRows::make(uint64_t count) {
    rows_.clear();
    bytes_.clear();
    for (uint64_t i = 0; i < count; i++) {
        const int64_t time_ns = start_ns + static_cast<int64_t>(made_++) * step_ns_;
        if (type_ == ring::FrameType::flow) add_flow(time_ns);
        else add_event(time_ns);
    }
}

void StoreRows::write(ring::Writer& writer) const {
    struct Payload {
        uint8_t bytes[limits::frame_bytes_max - sizeof(ring::FrameHeader)];
    };
    const uint16_t version =
        type_ == ring::FrameType::flow ? record::flow_version : record::app_event_version;
    for (const Row& row : rows_) {
        const auto bytes = bytes_of(row);
        auto* to = writer.reserve<Payload>(type_, version, static_cast<uint32_t>(bytes.size()));
        if (to != nullptr) std::memcpy(to->bytes, bytes.data(), bytes.size());
    }
    writer.publish();
}

}  // namespace baleen::cli
