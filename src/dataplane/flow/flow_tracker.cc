#include "dataplane/flow/flow_tracker.h"

#include <algorithm>
#include <array>
#include <span>

#include "dataplane/flow/flow_count.h"
#include "dataplane/flow/flow_record.h"
#include "dataplane/flow/tcp_tracker.h"
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
// Memory takes some 100 ns, a packet some 20.
constexpr uint32_t lanes_approached_ahead = 6;
// Packet counters have 32 bits; a direction that comes near their end is cut like by the active
// timeout. The margin is for the fragments of one datagram, which join all at once.
constexpr uint32_t packets_max = UINT32_MAX - 65'536;

// The lanes of a batch by what is done with them. Why: TCP and the rest come in an order that no
// predictor knows, and a wrong guess costs as much as half of the work. The packets of one flow
// stay in order, for they are of one protocol.
class Lanes {
public:
    explicit Lanes(const packet::Batch& batch) {
        uint32_t uncounted = 0, others = 0, tcp = 0;
        for (uint32_t lane = 0; lane < batch.count; lane++) {
            const uint32_t counted = batch.verdicts[lane] == packet::Verdict::counted_flow ? 1 : 0;
            const uint32_t is_tcp = batch.keys[lane].protocol == packet::protocol::tcp ? 1 : 0;
            uncounted_[uncounted] = others_[others] = tcp_[tcp] = static_cast<uint8_t>(lane);
            uncounted += 1 - counted;
            others += counted & (1 - is_tcp);
            tcp += counted & is_tcp;
        }
        counts_ = {uncounted, others, tcp};
    }
    std::span<const uint8_t> uncounted() const { return std::span(uncounted_).first(counts_[0]); }
    std::span<const uint8_t> others() const { return std::span(others_).first(counts_[1]); }
    std::span<const uint8_t> tcp() const { return std::span(tcp_).first(counts_[2]); }

private:
    using List =
        std::array<uint8_t, limits::lane_count + 1>;  // one for a write that does not count
    List uncounted_, others_, tcp_;
    std::array<uint32_t, 3> counts_;
};

}  // namespace

FlowTracker::FlowTracker(FlowTable table, const FlowSettings& settings, ring::Writer& ring,
                         dataplane::Counters& counters)
    : table_(std::move(table)), settings_(settings), ring_(ring), counters_(counters) {
    shortest_timeout_ns_ = std::min(
        {settings_.idle_timeout_ns, settings_.tcp_end_timeout_ns, settings_.fragment_timeout_ns});
    aggregates_.fill(flow_absent);
    aggregates_of_all_.fill(flow_absent);
    sweep_period_ns_ = std::max(sweep_period_ns_min, shortest_timeout_ns_ / sweeps_per_timeout);
}

void FlowTracker::prefetch_lines(const packet::Batch& batch) const {
    for (uint32_t lane = 0; lane < batch.count; lane++) table_.prefetch_line(batch.hashes[lane]);
}

// The flow of one lane of a batch whose index lines have been asked for.
inline void FlowTracker::prefetch_flow(packet::Batch& batch, uint32_t lane) {
    const auto guess = table_.guess(batch.keys[lane], batch.hashes[lane]);
    batch.flows[lane] = {guess.index, guess.direction & 1, 0};
    if (guess.index != flow_absent) [[likely]]
        table_.prefetch_flow(guess);
    else
        table_.prefetch_free(new_flows_due_ + new_flows_upcoming_++,
                             batch.keys[lane].protocol == packet::protocol::tcp);
}

// The lines of a guess have come as far as L2, and are now taken to L1. A segment that is not the
// next one needs TcpFlow as well.
template <bool is_tcp>
inline void FlowTracker::approach(const packet::Batch& batch, uint32_t lane) const {
    const FlowTable::Found guess{batch.flows[lane].index, batch.flows[lane].direction};
    if (guess.index == flow_absent) return;
    table_.approach_flow(guess);
    if constexpr (is_tcp) {
        const Layers& layers = batch.layers[lane];
        const Packet& packet = batch.packets[lane];
        if (packet.captured_length < layers.l4_offset + segment_header_bytes) return;
        const Side& side = table_[guess.index].sides[guess.direction];
        const uint32_t sequence = base::load_be32(packet.data + layers.l4_offset + 4);
        if (!is_usual(side, layers.tcp_flags, layers.payload_length)) [[unlikely]]
            table_.prefetch_tcp_whole(guess.index);
        else if (side.next_sequence != sequence) [[unlikely]] table_.prefetch_tcp(guess);
    }
}

void FlowTracker::account_batch(packet::Batch& batch, packet::Batch& upcoming) {
    new_flows_due_ = new_flows_upcoming_;
    new_flows_upcoming_ = 0;
    admitted_ = 0;
    const uint32_t room = table_.capacity() - table_.size();
    const uint32_t wanted = std::min(new_flows_due_, admissions_per_batch);
    if (wanted > room) [[unlikely]]
        make_room(wanted - room, batch.packets[0].clock_ns);
    for (uint32_t lane = 0; lane < upcoming.count; lane++) prefetch_flow(upcoming, lane);
    const Lanes lanes(batch);
    for (uint32_t lane : lanes.uncounted()) batch.flows[lane] = {flow_absent, 0, 0};
    // In turn, so that neither takes all that a full table admits.
    tcp_goes_first_ = !tcp_goes_first_;
    if (tcp_goes_first_) account_lanes<true>(batch, lanes.tcp());
    account_lanes<false>(batch, lanes.others());
    if (!tcp_goes_first_) account_lanes<true>(batch, lanes.tcp());
}

template <bool is_tcp>
inline void FlowTracker::account_lanes(packet::Batch& batch, std::span<const uint8_t> lanes) {
    const size_t ahead = std::min<size_t>(lanes.size(), lanes_approached_ahead);
    for (size_t i = 0; i < ahead; i++) approach<is_tcp>(batch, lanes[i]);
    for (size_t i = 0; i < lanes.size(); i++) {
        if (i + ahead < lanes.size()) approach<is_tcp>(batch, lanes[i + ahead]);
        account<is_tcp>(batch, lanes[i]);
    }
}

template <bool is_tcp>
inline void FlowTracker::account(packet::Batch& batch, uint32_t lane) {
    const Packet& packet = batch.packets[lane];
    const Layers& layers = batch.layers[lane];
    Segment segment;
    const bool has_segment = is_tcp && read_segment(packet, layers, segment);
    const auto found = flow_of(batch, lane, has_segment ? &segment : nullptr);
    batch.flows[lane] = {found.index, found.direction & 1, 1};
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
    FlowTable::Found found{batch.flows[lane].index, batch.flows[lane].direction};
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
        for (FlowEndListener* listener : end_listeners_)
            if (listener != nullptr) listener->telling(found.index);
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
    const uint64_t packets = uint64_t{flow.sides[0].packets} + flow.sides[1].packets;
    counters_[Counter::records_packets] += packets;
    if (losses_ != flow.losses_at_begin) flow.record_flags |= record::loss_in_lifetime;
    const bool tells_splt = (flow.record_flags & record::has_splt) != 0;
    const auto splt_count =
        static_cast<uint32_t>(std::min<uint64_t>(settings_.splt_packets, packets));
    record::FlowRecord record;
    record.application.field_bytes = 0;
    if ((flow.record_flags & record::has_application) != 0)
        applications_->write_section(index, record.application);
    auto* frame = ring_.reserve<record::FlowRecord>(
        ring::FrameType::flow, record::flow_version,
        record::record_bytes(flow.record_flags, splt_count, record.application.field_bytes));
    if (frame == nullptr) [[unlikely]] {
        counters_[ring_.store_failed() ? Counter::records_dropped_store_failed
                                       : Counter::records_dropped_ring_full]++;
        return;
    }
    fill_record(flow, table_.tcp(index), table_.encapsulation(index), reason, record);
    if ((flow.record_flags & record::has_matches) != 0) record.matches = table_.matches(index);
    if (tells_splt) fill_splt(flow, table_.splt(index), splt_count, record);
    record::pack(record, frame);
}

void FlowTracker::end(uint32_t index, EndReason reason) {
    for (FlowEndListener* listener : end_listeners_)
        if (listener != nullptr) listener->ending(index);
    tell(index, reason);
    for (FlowEndListener* listener : end_listeners_)
        if (listener != nullptr) listener->ended(index);
    table_.erase(index);
}

}  // namespace baleen::flow
