#include "dataplane/flow/flow_tracker.h"

#include <algorithm>
#include <array>
#include <span>

#include "dataplane/flow/flow_record.h"
#include "dataplane/flow/tcp_tracker.h"
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
// New flows of a batch that a full table makes room for. In a network whose table is a little too
// small new flows are some 5 % of the packets; in a flood they are nearly all, and ending an old
// flow for each would cost ten packets' time.
constexpr uint32_t admissions_per_batch = limits::lane_count / 8;

// A full table looks at twice as many flows as it has to end and some, and at this many at most: 8
// for each packet of a batch. With half of the table worth keeping, the chance that too few of
// these are worth nothing is below 2^-64.
constexpr uint32_t candidates_spare = 6;
constexpr uint32_t candidates_max = 8 * limits::lane_count;
constexpr uint32_t heads_fetched_ahead = 16;  // some 100 ns of memory, some 6 ns a flow

// Packet counters have 32 bits; a direction that comes near their end is cut like by the active
// timeout.
// The margin is for the fragments of one datagram, which join all at once.
constexpr uint32_t packets_max = UINT32_MAX - 65'536;

// TCP tells who began: the sender of the SYN, or the receiver of the SYN+ACK.
void settle_direction(Flow& flow, uint16_t tcp_flags, uint32_t direction) {
    if ((flow.state & direction_settled) != 0 || (tcp_flags & packet::tcp::syn) == 0) return;
    const bool from_responder = (tcp_flags & packet::tcp::ack) != 0;
    if ((direction ^ (from_responder ? 1u : 0u)) != 0) flow.state |= reversed;
    flow.state |= direction_settled;
    flow.initiator_reason =
        from_responder ? record::InitiatorReason::syn_ack : record::InitiatorReason::syn;
}

void note_tcp_end(Flow& flow, uint16_t tcp_flags, uint32_t direction) {
    if ((tcp_flags & packet::tcp::fin) != 0)
        flow.state |= direction == 0 ? fin_forward : fin_backward;
    const bool closed_by_both = (flow.state & fin_forward) != 0 && (flow.state & fin_backward) != 0;
    if (closed_by_both || (tcp_flags & packet::tcp::rst) != 0) flow.state |= finished;
}

uint16_t saturated(uint32_t bytes) {
    return static_cast<uint16_t>(std::min<uint32_t>(bytes, UINT16_MAX));
}

// The first packet of a side in this record.
void begin_side(Flow& flow, const Packet& packet, const Layers& layers, uint32_t direction) {
    Side& side = flow.sides[direction];
    side.last_ns = packet.time_ns;
    side.size_min = side.size_max = saturated(layers.ip_bytes);
    side.ttl_min = side.ttl_max = layers.ttl;
    flow.first_ns[direction] = packet.time_ns;
    flow.tos[direction] = layers.tos;
}

void take_gap_and_ranges(Flow& flow, const Packet& packet, const Layers& layers,
                         uint32_t direction) {
    Side& side = flow.sides[direction];
    const int64_t gap_ns = packet.time_ns - side.last_ns;
    if (gap_ns >= 0) [[likely]] {
        side.gap_squares += static_cast<double>(gap_ns) * static_cast<double>(gap_ns);
        side.last_ns = packet.time_ns;
    } else {
        flow.first_ns[direction] = std::min(flow.first_ns[direction], packet.time_ns);
    }
    const uint16_t size = saturated(layers.ip_bytes);
    side.size_min = std::min(side.size_min, size);
    side.size_max = std::max(side.size_max, size);
    side.ttl_min = std::min(side.ttl_min, layers.ttl);
    side.ttl_max = std::max(side.ttl_max, layers.ttl);
}

void count(Flow& flow, const Packet& packet, const Layers& layers, uint32_t payload_bytes,
           uint32_t direction) {
    Side& side = flow.sides[direction];
    flow.last_clock_ns = packet.clock_ns;
    if (side.packets++ == 0) begin_side(flow, packet, layers, direction);
    else take_gap_and_ranges(flow, packet, layers, direction);
    flow.state |= side.packets > 1 ? several_packets : 0;
    flow.state |= direction == 1 ? several_packets | answered : 0;
    side.ip_bytes += layers.ip_bytes;
    side.wire_bytes += packet.wire_length;
    side.payload_bytes += payload_bytes;
    if (layers.fragment != packet::FragmentKind::none) [[unlikely]] {
        flow.record_flags |= record::has_fragments;
        side.tcp_flags &= static_cast<uint16_t>(~sequence_known);  // what follows is not known
    }
    side.tcp_flags |= layers.tcp_flags;
    constexpr uint16_t rare = packet::tcp::syn | packet::tcp::fin | packet::tcp::rst;
    if ((layers.tcp_flags & rare) == 0 || (flow.record_flags & record::aggregated) != 0) return;
    settle_direction(flow, layers.tcp_flags, direction);
    note_tcp_end(flow, layers.tcp_flags, direction);
}

// The first tunnel seen in a direction is told.
void take_tunnel(Flow& flow, record::Encapsulation& told, const Layers& layers,
                 const packet::Tunnel& tunnel, uint32_t direction) {
    // Blank the first time that something is to be told there.
    if (!record::has_encapsulation(flow.record_flags)) told = {};
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

void take_quote(Flow& flow, record::Encapsulation& told, const packet::Quote& quote) {
    if (!record::has_encapsulation(flow.record_flags)) told = {};
    std::copy(quote.dst.begin(), quote.dst.end(), told.quoted_destination);
    told.quoted_src_port = quote.src_port;
    told.quoted_dst_port = quote.dst_port;
    told.quoted_protocol = quote.protocol;
    flow.record_flags |= record::has_quoted_flow;
}

// `part` is a flow of later fragments that turn out to belong to `flow`; they run in `direction`.
void join(Flow& flow, const Flow& part, uint32_t direction) {
    Side& side = flow.sides[direction];
    const Side& from = part.sides[0];
    flow.last_clock_ns = std::max(flow.last_clock_ns, part.last_clock_ns);
    flow.first_ns[direction] = std::min(flow.first_ns[direction], part.first_ns[0]);
    side.last_ns = std::max(side.last_ns, from.last_ns);
    side.gap_squares += from.gap_squares;
    side.packets += from.packets;
    side.ip_bytes += from.ip_bytes;
    side.wire_bytes += from.wire_bytes;
    side.payload_bytes += from.payload_bytes;
    side.size_min = std::min(side.size_min, from.size_min);
    side.size_max = std::max(side.size_max, from.size_max);
    side.ttl_min = std::min(side.ttl_min, from.ttl_min);
    side.ttl_max = std::max(side.ttl_max, from.ttl_max);
}

// Begins the next record of a flow: counters anew; identity, direction and sequence numbers kept.
void begin_next_part(Flow& flow, const Packet& packet) {
    flow.first_clock_ns = packet.clock_ns;
    for (Side& side : flow.sides) {
        side.ip_bytes = side.wire_bytes = side.payload_bytes = 0;
        side.gap_squares = 0;
        side.packets = 0;
        side.window_min = UINT16_MAX;
        side.window_max = 0;
        side.tcp_flags &= static_cast<uint16_t>(~packet::tcp::flags_mask);
    }
    flow.tos = {};
    flow.part++;
    flow.record_flags |= record::continued;
    flow.record_flags &= static_cast<uint16_t>(~record::has_splt);
}

}  // namespace

FlowTracker::FlowTracker(FlowTable table, const FlowSettings& settings, ring::Writer& ring,
                         dataplane::Counters& counters)
    : table_(std::move(table)), settings_(settings), ring_(ring), counters_(counters) {
    const int64_t shortest = std::min(
        {settings_.idle_timeout_ns, settings_.tcp_end_timeout_ns, settings_.fragment_timeout_ns});
    shortest_timeout_ns_ = shortest;
    aggregates_.fill(flow_absent);
    aggregates_of_all_.fill(flow_absent);
    sweep_period_ns_ = std::max(sweep_period_ns_min, shortest / sweeps_per_timeout);
}

void FlowTracker::prefetch_lines(const packet::Batch& batch) const {
    for (uint32_t lane = 0; lane < batch.count; lane++) table_.prefetch_line(batch.hashes[lane]);
}

// The flow of one lane of a batch whose index lines have been asked for.
inline void FlowTracker::prefetch_flow(packet::Batch& batch, uint32_t lane) {
    const auto guess = table_.guess(batch.keys[lane], batch.hashes[lane]);
    batch.flows[lane] = guess.index;
    batch.directions[lane] = static_cast<uint8_t>(guess.direction);
    if (guess.index != flow_absent) [[likely]]
        table_.prefetch_flow(guess);
    else table_.prefetch_free(new_flows_due_ + new_flows_upcoming_++);
}

void FlowTracker::account_batch(packet::Batch& batch, packet::Batch& upcoming) {
    new_flows_due_ = new_flows_upcoming_;
    new_flows_upcoming_ = 0;
    admitted_ = 0;
    const uint32_t room = table_.capacity() - table_.size();
    const uint32_t wanted = std::min(new_flows_due_, admissions_per_batch);
    if (wanted > room) [[unlikely]]
        make_room(wanted - room, batch.packets[0].clock_ns);
    const uint32_t lanes = std::max(batch.count, upcoming.count);
    for (uint32_t lane = 0; lane < lanes; lane++) {
        if (lane < upcoming.count) prefetch_flow(upcoming, lane);
        if (lane >= batch.count) continue;
        if (batch.verdicts[lane] == packet::Verdict::counted_flow) account(batch, lane);
        else batch.flows[lane] = flow_absent;
    }
}

inline void FlowTracker::account(packet::Batch& batch, uint32_t lane) {
    const Packet& packet = batch.packets[lane];
    const Layers& layers = batch.layers[lane];
    Segment segment;
    const bool has_segment = read_segment(packet, layers, batch.keys[lane].protocol, segment);
    const auto found = flow_of(batch, lane, has_segment ? &segment : nullptr);
    batch.flows[lane] = found.index;
    Flow& flow = table_[found.index];
    const bool is_one_flow = (flow.record_flags & record::aggregated) == 0;
    if (has_segment && is_one_flow && !track_next(flow.sides[found.direction], segment))
        track_event(found, segment, packet.time_ns);
    if (settings_.splt_packets > 0) [[unlikely]]
        take_splt(found.index, packet, layers, found.direction);
    const uint8_t finished_before = flow.state & finished;
    // A TCP header tells its length even where its end was not captured.
    const uint32_t payload_bytes =
        has_segment ? segment.payload
                    : payload_on_wire(packet, layers, layers.payload_offset - layers.l3_offset);
    count(flow, packet, layers, payload_bytes, found.direction);
    // What shortens its timeout; everything else lets a flow live longer than it was due.
    if ((flow.state & finished) != finished_before) [[unlikely]]
        table_.due_ns(found.index) = due_ns(flow);
    const bool is_special = layers.tunnel != record::TunnelType::none ||
                            (layers.quotes_flow | layers.adopts_fragments) != 0;
    if (is_special) [[unlikely]]
        take_outer(found, layers, batch.outer[lane], packet.clock_ns);
}

void FlowTracker::track_event(FlowTable::Found found, const Segment& segment, int64_t time_ns) {
    Flow& flow = table_[found.index];
    TcpFlow& tcp = table_.tcp(found.index);
    if ((flow.record_flags & record::has_tcp) == 0) begin_tcp(flow, tcp);
    flow::track_event(flow, tcp, segment, found.direction, time_ns);
}

// Before the packet is counted.
void FlowTracker::take_splt(uint32_t index, const Packet& packet, const Layers& layers,
                            uint32_t direction) {
    Flow& flow = table_[index];
    const Side &forward = flow.sides[0], &backward = flow.sides[1];
    const uint64_t before = uint64_t{forward.packets} + backward.packets;
    if (before >= settings_.splt_packets || (flow.record_flags & record::continued) != 0) return;
    int64_t last_ns = packet.time_ns;  // of the packet before it
    if (forward.packets > 0) last_ns = forward.last_ns;
    if (backward.packets > 0)
        last_ns = std::max(forward.packets > 0 ? last_ns : 0, backward.last_ns);
    const int64_t gap_us = std::clamp<int64_t>((packet.time_ns - last_ns) / 1000, 0, UINT32_MAX);
    const auto size = static_cast<int32_t>(std::min<uint32_t>(layers.ip_bytes, INT32_MAX));
    table_.splt(index)[before] = {direction == 0 ? size : -size, static_cast<uint32_t>(gap_us)};
    flow.record_flags |= record::has_splt;
}

void FlowTracker::take_outer(FlowTable::Found found, const Layers& layers,
                             const packet::Outer& outer, int64_t clock_ns) {
    Flow& flow = table_[found.index];
    record::Encapsulation& told = table_.encapsulation(found.index);
    if (layers.tunnel != record::TunnelType::none)
        take_tunnel(flow, told, layers, outer.tunnel, found.direction);
    if (layers.quotes_flow != 0) take_quote(flow, told, outer.quote);
    if (layers.adopts_fragments != 0) adopt_fragments(found, outer.fragment, clock_ns);
}

// The flow that a packet is counted in: the one that was guessed, as a rule.
inline FlowTable::Found FlowTracker::flow_of(const packet::Batch& batch, uint32_t lane,
                                             const Segment* segment) {
    const FlowKey& key = batch.keys[lane];
    FlowTable::Found found{batch.flows[lane], batch.directions[lane]};
    if (found.index == flow_absent ||
        !FlowTable::matches(table_[found.index], key, found.direction)) [[unlikely]]
        found = table_.find(key, batch.hashes[lane]);
    if (found.index == flow_absent) [[unlikely]]
        return flow_of_new(batch, lane);
    if (may_end(found, batch.packets[lane], segment)) [[unlikely]]
        return end_if_due(found, batch, lane, segment);
    return found;
}

// Whether end_if_due() has to look closer.
inline bool FlowTracker::may_end(FlowTable::Found found, const Packet& packet,
                                 const Segment* segment) const {
    const Flow& flow = table_[found.index];
    const bool is_syn = segment != nullptr && segment->has(packet::tcp::syn);
    return packet.clock_ns - flow.last_clock_ns >= shortest_timeout_ns_ ||
           packet.clock_ns - flow.first_clock_ns >= settings_.active_timeout_ns ||
           flow.sides[found.direction].packets >= packets_max || is_syn;
}

// A new flow of its own, or, where a full table has admitted its share of them for this batch, the
// one that stands for all to this responder.
FlowTable::Found FlowTracker::flow_of_new(const packet::Batch& batch, uint32_t lane) {
    const bool is_full = table_.size() == table_.capacity();
    if (is_full && admitted_ >= admissions_per_batch) return aggregate_of(batch, lane);
    admitted_++;
    return {begin(batch, lane, batch.keys[lane], batch.hashes[lane], 0), 0};
}

FlowTable::Found FlowTracker::aggregate_of(const packet::Batch& batch, uint32_t lane) {
    counters_[Counter::note_aggregated]++;
    FlowKey key = batch.keys[lane];
    key.src = {};
    key.src_port = 0;
    uint64_t hash = packet::hash_flow(key, settings_.hash_key);
    uint32_t* slot = &aggregates_[hash % aggregates_.size()];
    const auto is_at = [&](uint32_t index) {
        return index != flow_absent && FlowTable::matches(table_[index], key, 0);
    };
    const auto is_aggregate = [&](uint32_t index) {
        return index != flow_absent && (table_[index].record_flags & record::aggregated) != 0;
    };
    if (!is_at(*slot) && is_aggregate(*slot)) {
        // Its place is taken: one for all responders of the protocol.
        key.dst = {};
        key.dst_port = 0;
        hash = packet::hash_flow(key, settings_.hash_key);
        slot = &aggregates_of_all_[key.protocol];
    }
    if (!is_at(*slot)) {
        *slot = begin(batch, lane, key, hash, 0);
        table_[*slot].record_flags |= record::aggregated;
    }
    return {*slot, 0};
}

uint32_t FlowTracker::begin(const packet::Batch& batch, uint32_t lane, const FlowKey& key,
                            uint64_t hash, uint64_t id_salt) {
    const Packet& packet = batch.packets[lane];
    const Layers& layers = batch.layers[lane];
    if (table_.size() == table_.capacity()) [[unlikely]]
        make_room(1, packet.clock_ns);
    const uint32_t index = table_.insert(key, hash);
    Flow& flow = table_[index];
    flow.first_clock_ns = flow.last_clock_ns = packet.clock_ns;
    flow.losses_at_begin = losses_;
    flow.port_index = packet.port_index;
    flow.vlan_ids = layers.vlan_ids;
    flow.icmp_type = layers.icmp_type;
    flow.icmp_code = layers.icmp_code;
    if (key.ports_absent != packet::PortsAbsent::no) flow.record_flags |= record::ports_absent;
    flow.flow_id = flow_id_of(key, packet.clock_ns, id_salt);
    table_.due_ns(index) = due_ns(flow);
    new_flows_due_ -= new_flows_due_ > 0 ? 1 : 0;
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

// Before a packet is counted in the flow that has its key: is it still that flow, and that record?
FlowTable::Found FlowTracker::end_if_due(FlowTable::Found found, const packet::Batch& batch,
                                         uint32_t lane, const Segment* segment) {
    Flow& flow = table_[found.index];
    const Packet& packet = batch.packets[lane];
    const FlowKey& key = batch.keys[lane];
    const bool over = is_over(flow, packet.clock_ns);
    const bool has_tcp = (flow.record_flags & record::has_tcp) != 0;
    const bool reused = segment != nullptr && has_tcp &&
                        reuses_ports(flow, table_.tcp(found.index), *segment, found.direction);
    if (over || reused) {
        // Two flows of one key may begin at the same time; only then could they come by the same
        // id. The sweep cannot have been here before: it needs the clock to have moved.
        const uint64_t id_salt = packet.clock_ns == flow.first_clock_ns ? flow.flow_id : 0;
        end(found.index, over ? reason_over(flow) : EndReason::end_of_flow);
        return {begin(batch, lane, key, batch.hashes[lane], id_salt), 0};
    }
    const bool long_lived = packet.clock_ns - flow.first_clock_ns >= settings_.active_timeout_ns;
    if (long_lived || flow.sides[found.direction].packets >= packets_max) {
        tell(found.index, EndReason::active_timeout);
        begin_next_part(flow, packet);
        if (has_tcp) begin_tcp_part(flow, table_.tcp(found.index));
    }
    return found;
}

void FlowTracker::tell(uint32_t index, EndReason reason) {
    Flow& flow = table_[index];
    static_assert(static_cast<uint32_t>(Counter::flows_ended_lack_of_resources) -
                      static_cast<uint32_t>(Counter::flows_ended_idle_timeout) ==
                  static_cast<uint32_t>(EndReason::lack_of_resources) -
                      static_cast<uint32_t>(EndReason::idle_timeout));
    counters_
        .values()[static_cast<uint32_t>(Counter::flows_ended_idle_timeout) +
                  static_cast<uint32_t>(reason) - static_cast<uint32_t>(EndReason::idle_timeout)]++;
    counters_[Counter::records_made]++;
    counters_[Counter::records_packets] += uint64_t{flow.sides[0].packets} + flow.sides[1].packets;
    if (losses_ != flow.losses_at_begin) flow.record_flags |= record::loss_in_lifetime;
    const bool tells_splt = (flow.record_flags & record::has_splt) != 0;
    const uint64_t packets = uint64_t{flow.sides[0].packets} + flow.sides[1].packets;
    const auto splt_count =
        static_cast<uint32_t>(std::min<uint64_t>(settings_.splt_packets, packets));
    auto* frame =
        ring_.reserve<record::FlowRecord>(ring::FrameType::flow, record::flow_version,
                                          record::record_bytes(flow.record_flags, splt_count));
    if (frame == nullptr) [[unlikely]] {
        counters_[ring_.store_failed() ? Counter::records_dropped_store_failed
                                       : Counter::records_dropped_ring_full]++;
        return;
    }
    record::FlowRecord record;
    fill_record(flow, table_.tcp(index), table_.encapsulation(index), reason, record);
    if (tells_splt) fill_splt(flow, table_.splt(index), splt_count, record);
    record::pack(record, frame);
}

void FlowTracker::end(uint32_t index, EndReason reason) {
    tell(index, reason);
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

namespace {

// Who goes first when the table is full: what a flood is made of, then what nobody answered. A
// closed connection has said all it had to.
uint32_t worth(const Flow& flow) {
    if ((flow.record_flags & record::aggregated) != 0) return 2;
    if ((flow.state & finished) != 0 || (flow.state & several_packets) == 0) return 0;
    return (flow.state & answered) == 0 ? 1 : 2;
}

}  // namespace

// Ends `wanted` flows of a table that is full: of those the sweep would look at next, the ones worth
// least, and of these the ones idle longest. Twice as many are looked at, and more while too few
// are worth nothing. Three passes, each asking for the lines that the next one needs.
void FlowTracker::make_room(uint32_t wanted, int64_t clock_ns) {
    struct Candidate {
        uint32_t index, worth;
        int64_t last_clock_ns;
        bool operator<(const Candidate& other) const {
            return worth != other.worth ? worth < other.worth : last_clock_ns < other.last_clock_ns;
        }
    };
    std::array<Candidate, candidates_max> candidates;
    uint32_t count = 0, worthless = 0;
    for (uint32_t looks = 0; looks < candidates_max; looks++) {
        if (count >= 2 * wanted + candidates_spare && worthless >= wanted) break;
        if (sweep_at_ >= table_.high_water()) sweep_at_ = 0;
        const uint32_t index = sweep_at_++;
        table_.prefetch_head(index + heads_fetched_ahead);
        const Flow& flow = table_[index];
        if ((flow.state & in_use) == 0) continue;
        candidates[count] = {index, worth(flow), flow.last_clock_ns};
        worthless += candidates[count++].worth == 0 ? 1 : 0;
    }
    const uint32_t ended = std::min(wanted, count);
    std::nth_element(candidates.begin(), candidates.begin() + ended, candidates.begin() + count);
    const auto victims = std::span(candidates).first(ended);
    for (const Candidate& victim : victims) table_.prefetch_whole(victim.index);
    for (const Candidate& victim : victims) table_.prefetch_line(table_[victim.index].hash);
    for (const Candidate& victim : victims) {
        const Flow& flow = table_[victim.index];
        const bool over = is_over(flow, clock_ns);
        end(victim.index, over ? reason_over(flow) : EndReason::lack_of_resources);
    }
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
