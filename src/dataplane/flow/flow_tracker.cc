#include "dataplane/flow/flow_tracker.h"

#include <algorithm>

#include "dataplane/flow/flow_record.h"
#include "packet/flow_hash.h"
#include "packet/ip.h"

namespace baleen::flow {
namespace {

using packet::flow_absent;
using packet::FlowKey;
using packet::Layers;
using packet::Packet;
using record::EndReason;
using stats::Counter;

// The sweep goes round four times per timeout, so an ended flow waits a quarter of it at most, but
// not more often than every second. It reads when each flow is due, 8 bytes in order, and looks at
// the flow itself only then: once per timeout as long as packets come.
constexpr int64_t sweeps_per_timeout = 4;
constexpr int64_t sweep_period_ns_min = 1'000'000'000;
// Flows looked at for a victim when the table is full.
constexpr uint32_t victims_looked_at = 32;
// Packet counters have 32 bits; a direction that comes near their end is cut like by the active
// timeout.
// The margin is for the fragments of one datagram, which join all at once.
constexpr uint32_t packets_max = UINT32_MAX - 65'536;

// TCP tells who began: the sender of the SYN, or the receiver of the SYN+ACK.
void settle_direction(Flow& flow, uint16_t tcp_flags, uint32_t direction) {
    if ((flow.state & direction_settled) != 0 || (tcp_flags & packet::tcp::syn) == 0) return;
    const uint32_t from_responder = (tcp_flags & packet::tcp::ack) != 0 ? 1 : 0;
    if ((direction ^ from_responder) != 0) flow.state |= reversed;
    flow.state |= direction_settled;
    flow.record_flags |= record::initiator_from_handshake;
}

void count(Flow& flow, const Packet& packet, const Layers& layers, uint32_t direction) {
    flow.last_clock_ns = packet.clock_ns;
    flow.last_ns = std::max(flow.last_ns, packet.time_ns);
    if (flow.packets[direction]++ == 0) {
        flow.tos[direction] = layers.tos;
        flow.ttl_min[direction] = layers.ttl;
    }
    flow.ip_bytes[direction] += layers.ip_bytes;
    flow.wire_bytes[direction] += packet.wire_length;
    flow.ttl_min[direction] = std::min(flow.ttl_min[direction], layers.ttl);
    flow.ttl_max[direction] = std::max(flow.ttl_max[direction], layers.ttl);
    // Out of order: line 2 is touched only then.
    if (packet.time_ns < flow.last_ns) [[unlikely]]
        flow.first_ns = std::min(flow.first_ns, packet.time_ns);
    if (layers.fragment != packet::FragmentKind::none) [[unlikely]]
        flow.record_flags |= record::has_fragments;
    if (layers.tcp_flags == 0) return;
    flow.tcp_flags[direction] |= layers.tcp_flags;
    settle_direction(flow, layers.tcp_flags, direction);
    if ((layers.tcp_flags & packet::tcp::fin) != 0)
        flow.state |= direction == 0 ? fin_forward : fin_backward;
    const bool closed_by_both = (flow.state & fin_forward) != 0 && (flow.state & fin_backward) != 0;
    if (closed_by_both || (layers.tcp_flags & packet::tcp::rst) != 0) flow.state |= finished;
}

// Line 3 of a flow, blank the first time that something is to be told there.
record::Encapsulation& encapsulation_of(Flow& flow) {
    if ((flow.record_flags & (record::has_tunnel | record::has_quoted_flow)) == 0)
        flow.encapsulation = {};
    return flow.encapsulation;
}

// The first tunnel seen in a direction is told.
void take_tunnel(Flow& flow, const Layers& layers, const packet::Tunnel& tunnel,
                 uint32_t direction) {
    record::Encapsulation& told = encapsulation_of(flow);
    if ((flow.record_flags & record::has_tunnel) == 0) {
        const auto& initiator = direction == 0 ? tunnel.src : tunnel.dst;
        const auto& responder = direction == 0 ? tunnel.dst : tunnel.src;
        std::copy(initiator.begin(), initiator.end(), told.outer_initiator);
        std::copy(responder.begin(), responder.end(), told.outer_responder);
        told.outer_ip_version = tunnel.ip_version;
        told.tunnel_type = layers.tunnel;
        told.tunnel_depth = tunnel.depth;
        flow.record_flags |= record::has_tunnel;
    }
    if (told.tunnel_ids[direction] == 0) told.tunnel_ids[direction] = tunnel.id;
}

void take_quote(Flow& flow, const packet::Quote& quote) {
    record::Encapsulation& told = encapsulation_of(flow);
    std::copy(quote.dst.begin(), quote.dst.end(), told.quoted_destination);
    told.quoted_src_port = quote.src_port;
    told.quoted_dst_port = quote.dst_port;
    told.quoted_protocol = quote.protocol;
    flow.record_flags |= record::has_quoted_flow;
}

// `part` is a flow of later fragments that turn out to belong to `flow`; they run in `direction`.
void join(Flow& flow, const Flow& part, uint32_t direction) {
    flow.last_clock_ns = std::max(flow.last_clock_ns, part.last_clock_ns);
    flow.last_ns = std::max(flow.last_ns, part.last_ns);
    flow.first_ns = std::min(flow.first_ns, part.first_ns);
    flow.packets[direction] += part.packets[0];
    flow.ip_bytes[direction] += part.ip_bytes[0];
    flow.wire_bytes[direction] += part.wire_bytes[0];
    flow.ttl_min[direction] = std::min(flow.ttl_min[direction], part.ttl_min[0]);
    flow.ttl_max[direction] = std::max(flow.ttl_max[direction], part.ttl_max[0]);
}

bool is_new_connection(const Flow& flow, const Layers& layers) {
    return (flow.state & finished) != 0 &&
           (layers.tcp_flags & (packet::tcp::syn | packet::tcp::ack)) == packet::tcp::syn;
}

// Begins the next record of a flow: counters anew, identity and direction kept.
void begin_next_part(Flow& flow, const Packet& packet) {
    flow.first_clock_ns = packet.clock_ns;
    flow.first_ns = flow.last_ns = packet.time_ns;
    flow.ip_bytes = {};
    flow.wire_bytes = {};
    flow.packets = {};
    flow.tcp_flags = {};
    flow.tos = {};
    flow.ttl_min = {};
    flow.ttl_max = {};
    flow.part++;
    flow.record_flags |= record::continued;
}

}  // namespace

FlowTracker::FlowTracker(FlowTable table, const FlowSettings& settings, ring::Writer& ring,
                         dataplane::Counters& counters)
    : table_(std::move(table)), settings_(settings), ring_(ring), counters_(counters) {
    const int64_t shortest = std::min(
        {settings_.idle_timeout_ns, settings_.tcp_end_timeout_ns, settings_.fragment_timeout_ns});
    sweep_period_ns_ = std::max(sweep_period_ns_min, shortest / sweeps_per_timeout);
}

void FlowTracker::prefetch_batch(const packet::Batch& batch) {
    for (uint32_t lane = 0; lane < batch.count; lane++) table_.prefetch_line(batch.hashes[lane]);
    uint32_t new_flows = 0;
    for (uint32_t lane = 0; lane < batch.count; lane++) {
        const uint32_t index = table_.guess(batch.hashes[lane]);
        if (index != flow_absent) table_.prefetch_flow(index);
        else table_.prefetch_free(new_flows++);
    }
}

void FlowTracker::account_batch(packet::Batch& batch) {
    for (uint32_t lane = 0; lane < batch.count; lane++) {
        batch.flows[lane] = flow_absent;
        if (batch.verdicts[lane] != packet::Verdict::counted_flow) continue;
        const Packet& packet = batch.packets[lane];
        const Layers& layers = batch.layers[lane];
        auto found = table_.find(batch.keys[lane], batch.hashes[lane]);
        if (found.index != flow_absent)
            found = end_if_due(found, packet, batch.keys[lane], layers, batch.hashes[lane]);
        if (found.index == flow_absent)
            found = {begin(packet, batch.keys[lane], layers, batch.hashes[lane], 0), 0};
        Flow& flow = table_[found.index];
        const bool was_finished = (flow.state & finished) != 0;
        count(flow, packet, layers, found.direction);
        // What shortens its timeout; everything else lets a flow live longer than it was due.
        if (!was_finished && (flow.state & finished) != 0) [[unlikely]]
            table_.due_ns(found.index) = due_ns(flow);
        batch.flows[lane] = found.index;
        if (layers.tunnel != record::TunnelType::none) [[unlikely]]
            take_tunnel(flow, layers, batch.outer[lane].tunnel, found.direction);
        if (layers.quotes_flow != 0) [[unlikely]]
            take_quote(flow, batch.outer[lane].quote);
        if (layers.adopts_fragments != 0) [[unlikely]]
            adopt_fragments(found, batch.outer[lane].fragment, packet.clock_ns);
    }
}

uint32_t FlowTracker::begin(const Packet& packet, const FlowKey& key, const Layers& layers,
                            uint64_t hash, uint64_t id_salt) {
    if (table_.size() == table_.capacity()) [[unlikely]]
        make_room(packet.clock_ns);
    const uint32_t index = table_.insert(key, hash);
    Flow& flow = table_[index];
    flow.first_clock_ns = flow.last_clock_ns = packet.clock_ns;
    flow.first_ns = flow.last_ns = packet.time_ns;
    flow.port_index = packet.port_index;
    flow.vlan_ids = layers.vlan_ids;
    flow.icmp_type = layers.icmp_type;
    flow.icmp_code = layers.icmp_code;
    if (key.ports_absent != packet::PortsAbsent::no) flow.record_flags |= record::ports_absent;
    flow.flow_id = flow_id_of(key, packet.clock_ns, id_salt);
    table_.due_ns(index) = due_ns(flow);
    counters_[Counter::flows_created]++;
    return index;
}

// Later fragments that came before their first one are a flow of their own; it joins `found` now.
void FlowTracker::adopt_fragments(FlowTable::Found found, const packet::Fragment& fragment,
                                  int64_t clock_ns) {
    const FlowKey part_key = packet::unlinked_key(fragment);
    const auto part = table_.find(part_key, fragment.unlinked_hash);
    // One that is over is told as it is, whether the sweep has been there yet or not.
    if (part.index == flow_absent || is_over(table_[part.index], clock_ns)) return;
    join(table_[found.index], table_[part.index], found.direction);
    counters_[Counter::flows_ended_merged]++;
    table_.erase(part.index);
}

// Before a packet is counted in the flow that has its key: is it still that flow?
FlowTable::Found FlowTracker::end_if_due(FlowTable::Found found, const Packet& packet,
                                         const FlowKey& key, const Layers& layers, uint64_t hash) {
    Flow& flow = table_[found.index];
    const bool over = is_over(flow, packet.clock_ns);
    if (over || is_new_connection(flow, layers)) [[unlikely]] {
        // Two flows of one key may begin at the same time; only then could they come by the same
        // id. The sweep cannot have been here before: it needs the clock to have moved.
        const uint64_t id_salt = packet.clock_ns == flow.first_clock_ns ? flow.flow_id : 0;
        end(found.index, reason_over(flow));
        return {begin(packet, key, layers, hash, id_salt), 0};
    }
    const bool long_lived = packet.clock_ns - flow.first_clock_ns >= settings_.active_timeout_ns;
    if (long_lived || flow.packets[found.direction] == packets_max) [[unlikely]] {
        tell(flow, EndReason::active_timeout);
        begin_next_part(flow, packet);
    }
    return found;
}

void FlowTracker::tell(const Flow& flow, EndReason reason) {
    static_assert(static_cast<uint32_t>(Counter::flows_ended_lack_of_resources) -
                      static_cast<uint32_t>(Counter::flows_ended_idle_timeout) ==
                  static_cast<uint32_t>(EndReason::lack_of_resources) -
                      static_cast<uint32_t>(EndReason::idle_timeout));
    counters_
        .values()[static_cast<uint32_t>(Counter::flows_ended_idle_timeout) +
                  static_cast<uint32_t>(reason) - static_cast<uint32_t>(EndReason::idle_timeout)]++;
    counters_[Counter::records_made]++;
    counters_[Counter::records_packets] += uint64_t{flow.packets[0]} + flow.packets[1];
    auto* record = ring_.reserve<record::FlowRecord>(ring::FrameType::flow, record::flow_version,
                                                     record::record_bytes(flow.record_flags));
    if (record != nullptr) [[likely]]
        write_record(flow, reason, *record);
    else
        counters_[ring_.store_failed() ? Counter::records_dropped_store_failed
                                       : Counter::records_dropped_ring_full]++;
}

void FlowTracker::end(uint32_t index, EndReason reason) {
    tell(table_[index], reason);
    table_.erase(index);
}

void FlowTracker::sweep(int64_t clock_ns) {
    const auto flow_count = static_cast<double>(table_.high_water());
    const auto passed_ns = static_cast<double>(clock_ns - sweep_clock_ns_);
    sweep_clock_ns_ = clock_ns;
    sweep_due_ = std::min(
        sweep_due_ + flow_count * passed_ns / static_cast<double>(sweep_period_ns_), flow_count);
    const auto due = static_cast<uint32_t>(std::min<double>(sweep_due_, sweep_flows_max));
    sweep_due_ -= due;
    for (uint32_t i = 0; i < due; i++) {
        if (sweep_at_ >= table_.high_water()) sweep_at_ = 0;
        const uint32_t index = sweep_at_++;
        if (clock_ns < table_.due_ns(index)) continue;
        const Flow& flow = table_[index];
        const bool in_table = (flow.state & in_use) != 0;
        table_.due_ns(index) = in_table ? due_ns(flow) : INT64_MAX;
        if (in_table && is_over(flow, clock_ns)) end(index, reason_over(flow));
    }
}

// Frees one flow of a full table: the one idle longest among those the sweep would look at next.
void FlowTracker::make_room(int64_t clock_ns) {
    uint32_t victim = flow_absent;
    for (uint32_t i = 0; i < victims_looked_at; i++) {
        if (sweep_at_ >= table_.high_water()) sweep_at_ = 0;
        const uint32_t index = sweep_at_++;
        if (victim == flow_absent || table_[index].last_clock_ns < table_[victim].last_clock_ns)
            victim = index;
    }
    const Flow& flow = table_[victim];
    end(victim, is_over(flow, clock_ns) ? reason_over(flow) : EndReason::lack_of_resources);
}

bool FlowTracker::drain(int64_t clock_ns, uint32_t flow_count) {
    if (table_.size() == 0) return false;
    for (uint32_t told = 0; told < flow_count && table_.size() > 0;) {
        if (sweep_at_ >= table_.high_water()) sweep_at_ = 0;
        const uint32_t index = sweep_at_++;
        const Flow& flow = table_[index];
        if ((flow.state & in_use) == 0) continue;
        const bool over = is_over(flow, clock_ns) || (flow.state & finished) != 0;
        end(index, over ? reason_over(flow) : EndReason::forced_end);
        told++;
    }
    return table_.size() > 0;
}

}  // namespace baleen::flow
