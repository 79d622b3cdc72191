#include "dataplane/protocol/inspector.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dataplane/flow/known_syns.h"
#include "packet/ip.h"

namespace baleen::protocol {
namespace {

using stats::Counter;

constexpr int64_t second_ns = 1'000'000'000;

// A handshake or a request that has been left alone for so long may give its place up. TCP's first
// retransmission comes after one second (RFC 6298 section 2), and browsers give up a silent server
// after some ten.
constexpr int64_t silent_ns = 10 * second_ns;
// Conversations looked at for a silent one, by each flow that finds no place.
constexpr uint32_t places_looked_at = 8;

}  // namespace

base::Result<InspectorMemory> InspectorMemory::create(const ProtocolSettings& settings,
                                                      uint64_t flow_count_max) {
    auto conversations = Conversations::create(settings.conversations);
    if (!conversations) return conversations.error();
    const uint64_t count = settings.conversations.conversations_max;
    auto reassembler =
        stream::Reassembler::create({.contexts_max = count,
                                     .buffer_bytes = settings.reorder_bytes,
                                     .buffer_bytes_per_direction = std::min<uint64_t>(
                                         message_bytes_max, settings.reorder_bytes)});
    if (!reassembler) return reassembler.error();
    auto facts = FlowFacts::create(settings.facts_bytes);
    if (!facts) return facts.error();
    auto flows = base::HugeMemory::allocate(flow_count_max * sizeof(Inspected));
    if (!flows) return flows.error();
    auto held = base::HugeMemory::allocate(count * sizeof(Held));
    if (!held) return held.error();
    return InspectorMemory{std::move(*conversations), std::move(*reassembler), std::move(*facts),
                           std::move(*flows), std::move(*held)};
}

Inspector::Inspector(InspectorMemory memory, const ProtocolSettings& settings,
                     flow::FlowTracker& flows, ring::Writer& ring, dataplane::Counters& counters)
    : memory_(std::move(memory)),
      settings_(settings),
      flows_(flows),
      ring_(ring),
      counters_(counters),
      inspected_(memory_.flows.as<Inspected>(flows.capacity())),
      held_(memory_.held.as<Held>(settings.conversations.conversations_max)) {}

void Inspector::inspect_batch() {
    prefetch();
    lanes_.visit_rest([&](uint32_t lane) { inspect_lane(lane); });
    publish_counts();
}

// What a packet of a conversation touches lies in a chain: the flow's place says which conversation
// it is, and that which stream. All lanes' links are asked for before the first one is followed.
void Inspector::prefetch() const {
    const packet::Batch& batch = lanes_.batch();
    std::array<uint32_t, limits::lane_count> flows;
    uint32_t count = 0;
    for (uint32_t lane = 0; lane < batch.count; lane++) {
        if (batch.flows[lane].is_counted == 0) continue;
        const uint32_t index = batch.flows[lane].index;
        const uint16_t flags = flows_.flow(index).record_flags;
        if ((flags & flow::inspected) != 0) continue;
        if ((flags & flow::in_conversation) != 0) flows[count++] = index;
        else if (batch.layers[lane].payload_length == 0) continue;
        __builtin_prefetch(&inspected_[index], 1);
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t conversation = inspected_[flows[i]].conversation;
        __builtin_prefetch(&held_[conversation], 1);
        memory_.conversations.prefetch(conversation);
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t stream = held_[inspected_[flows[i]].conversation].stream;
        if (stream != stream::handle_absent) memory_.reassembler.prefetch(stream);
    }
}

void Inspector::inspect_lane(uint32_t lane) {
    const packet::Batch& batch = lanes_.batch();
    const uint32_t index = batch.flows[lane].index;
    flow::Flow& flow = flows_.flow(index);
    if ((flow.record_flags & flow::inspected) != 0) return;
    const bool is_tcp = flow.protocol == packet::protocol::tcp;
    if (!is_tcp && flow.protocol != packet::protocol::udp) {
        flow.record_flags |= flow::inspected;
        return;
    }
    const bool is_empty = batch.layers[lane].payload_length == 0;
    const bool is_begun = (flow.record_flags & flow::in_conversation) != 0;
    if (is_empty && (!is_tcp || !is_begun)) return;
    now_ = {index, batch.packets[lane].time_ns, batch.packets[lane].clock_ns};
    const uint32_t handle = is_begun ? inspected_[index].conversation : begin(lane, is_tcp);
    if (handle == Conversations::absent) return;
    if (is_tcp) inspect_segment(lane, handle);
    else inspect_datagram(lane, handle);
}

void Inspector::inspect_datagram(uint32_t lane, uint32_t handle) {
    const packet::Batch& batch = lanes_.batch();
    const packet::Layers& layers = batch.layers[lane];
    if (layers.fragment != packet::FragmentKind::none) return;
    const Bytes payload{batch.packets[lane].data + layers.payload_offset, layers.payload_length};
    is_over_ = false;
    take_outcome(handle, memory_.conversations.feed(handle, turn_of(batch.flows[lane].direction),
                                                    payload, *this));
    if (is_over_) finish(now_.flow);
}

void Inspector::inspect_segment(uint32_t lane, uint32_t handle) {
    const packet::Batch& batch = lanes_.batch();
    const packet::Packet& packet = batch.packets[lane];
    const packet::Layers& layers = batch.layers[lane];
    flow::Segment segment;
    if (!flow::read_segment(packet, layers, segment)) return;
    const Bytes payload{packet.data + layers.payload_offset, layers.payload_length};
    is_over_ = false;
    memory_.reassembler.take(held_[handle].stream, batch.flows[lane].direction, segment, payload,
                             [&](const stream::Chunk& chunk) { hear_chunk(handle, chunk); });
    if (is_over_) finish(now_.flow);
}

// The first payload of a flow.
uint32_t Inspector::begin(uint32_t lane, bool is_tcp) {
    flow::Flow& flow = flows_.flow(now_.flow);
    const bool is_one_flow = (flow.record_flags & record::aggregated) == 0;
    const uint32_t handle =
        is_one_flow ? take_place(is_tcp ? Transport::tcp : Transport::udp) : Conversations::absent;
    if (handle == Conversations::absent) {
        flow.record_flags |= flow::inspected;
        counters_[Counter::app_conversations_full] += is_one_flow ? 1 : 0;
        return handle;
    }
    flow.record_flags |= flow::in_conversation;
    inspected_[now_.flow] = {handle, {}};
    Held& held = held_[handle];
    held = {now_.flow, stream::handle_absent, {}};
    if (!is_tcp) return handle;
    held.stream = memory_.reassembler.acquire();
    if ((lanes_.batch().layers[lane].tcp_flags & packet::tcp::syn) != 0) return handle;
    flow::tell_known_syns(flows_, now_.flow, [&](uint32_t direction, const flow::Segment& syn) {
        memory_.reassembler.take(held.stream, direction, syn, {}, [](const stream::Chunk&) {});
    });
    return handle;
}

uint32_t Inspector::take_place(Transport transport) {
    const uint32_t handle = memory_.conversations.begin(transport);
    if (handle != Conversations::absent) return handle;
    if (!give_up_silent()) return Conversations::absent;
    return memory_.conversations.begin(transport);
}

// All places are taken: looks at a few for one that has been silent.
bool Inspector::give_up_silent() {
    const auto count = static_cast<uint32_t>(held_.size());
    for (uint32_t looks = 0; looks < std::min(places_looked_at, count); looks++) {
        hand_ = hand_ + 1 < count ? hand_ + 1 : 0;
        const uint32_t flow = held_[hand_].flow;
        if (now_.clock_ns - flows_.flow(flow).last_clock_ns < silent_ns) continue;
        const Occasion now = std::exchange(now_, occasion_of_end(flow));
        finish(flow);
        now_ = now;
        counters_[Counter::app_conversations_given_up]++;
        return true;
    }
    return false;
}

void Inspector::hear_chunk(uint32_t handle, const stream::Chunk& chunk) {
    if (is_over_) return;
    const Turn turn = turn_of(chunk.direction);
    uint64_t& heard = held_[handle].heard_bytes[chunk.direction];
    const uint64_t missing = chunk.offset - heard;
    heard = chunk.offset + chunk.bytes.size();
    if (missing > 0)
        take_outcome(handle, memory_.conversations.pass_gap(handle, turn, missing, *this));
    if (!is_over_)
        take_outcome(handle, memory_.conversations.feed(handle, turn, chunk.bytes, *this));
}

void Inspector::take_outcome(uint32_t handle, Conversations::Outcome outcome) {
    is_over_ = outcome == Conversations::Outcome::over;
    note_protocol(memory_.conversations.app_proto(handle));
}

void Inspector::note_protocol(AppProto app_proto) {
    if (app_proto == AppProto::unknown) return;
    inspected_[now_.flow].facts.app_proto = app_proto;
    flows_.flow(now_.flow).record_flags |= record::has_application;
}

// The conversation of a flow has come to its end, and perhaps the flow itself.
void Inspector::finish(uint32_t index) {
    const uint32_t handle = inspected_[index].conversation;
    uint16_t& flags = flows_.flow(index).record_flags;
    flags = static_cast<uint16_t>((flags & ~flow::in_conversation) | flow::inspected);
    memory_.conversations.end(handle, turn_of(0), *this);
    if (held_[handle].stream != stream::handle_absent)
        memory_.reassembler.release(held_[handle].stream);
}

void Inspector::telling(uint32_t index) {
    lanes_.visit_flow(index, [&](uint32_t lane) { inspect_lane(lane); });
}

void Inspector::ending(uint32_t index) {
    telling(index);
    if ((flows_.flow(index).record_flags & flow::in_conversation) == 0) return;
    now_ = occasion_of_end(index);
    const uint32_t handle = inspected_[index].conversation;
    is_over_ = false;
    if (held_[handle].stream != stream::handle_absent)
        memory_.reassembler.flush(held_[handle].stream,
                                  [&](const stream::Chunk& chunk) { hear_chunk(handle, chunk); });
    finish(index);
}

void Inspector::ended(uint32_t index) {
    if ((flows_.flow(index).record_flags & record::has_application) != 0)
        memory_.facts.release(inspected_[index].facts);
}

void Inspector::write_section(uint32_t index, record::Application& section) {
    memory_.facts.write(inspected_[index].facts, section);
}

Inspector::Occasion Inspector::occasion_of_end(uint32_t index) const {
    const flow::Flow& flow = flows_.flow(index);
    return {index, flow::last_ns(flow), flow.last_clock_ns};
}

// As a packet of that direction has it.
Turn Inspector::turn_of(uint32_t direction) const {
    const flow::Flow& flow = flows_.flow(now_.flow);
    const bool is_forward = direction == 0;
    return {.direction = direction,
            .from_initiator = is_forward == ((flow.state & flow::reversed) == 0),
            .transport = flow.protocol == packet::protocol::tcp ? Transport::tcp : Transport::udp,
            .src_port = is_forward ? flow.src_port : flow.dst_port,
            .dst_port = is_forward ? flow.dst_port : flow.src_port,
            .time_ns = now_.time_ns};
}

bool Inspector::may_tell() {
    const int64_t second = now_.clock_ns / second_ns;
    if (second_ != second) {
        second_ = second;
        events_this_second_ = 0;
    }
    return events_this_second_++ < settings_.events_per_second;
}

void Inspector::tell(const Turn& turn, AppProto app_proto, const FieldWriter& fields) {
    Facts& facts = inspected_[now_.flow].facts;
    const uint32_t number = facts.events;
    note_protocol(app_proto);
    memory_.facts.add(facts, fields.fields());
    if (!may_tell()) {
        suppressed_++;
        counters_[Counter::app_suppressed]++;
        return;
    }
    const flow::Flow& flow = flows_.flow(now_.flow);
    const bool is_reversed = (flow.state & flow::reversed) != 0;
    record::AppEvent event{
        .flow_id = flow.flow_id,
        .time_ns = turn.time_ns,
        .initiator_port = is_reversed ? flow.dst_port : flow.src_port,
        .responder_port = is_reversed ? flow.src_port : flow.dst_port,
        .protocol = flow.protocol,
        .ip_version = flow.ip_version,
        .port_index = flow.port_index,
        .app_proto = app_proto,
        .flags = static_cast<uint16_t>((fields.is_cut() ? record::fields_cut : 0) |
                                       (turn.from_initiator ? 0 : record::from_responder)),
        .number = number,
        .suppressed = suppressed_,
        .field_bytes = static_cast<uint16_t>(fields.fields().size()),
    };
    const auto &from = is_reversed ? flow.dst : flow.src, &to = is_reversed ? flow.src : flow.dst;
    std::memcpy(event.initiator_address, from.data(), from.size());
    std::memcpy(event.responder_address, to.data(), to.size());
    std::copy(flow.vlan_ids.begin(), flow.vlan_ids.end(), event.vlan_ids);
    auto* frame = reinterpret_cast<uint8_t*>(ring_.reserve<record::AppEvent>(
        ring::FrameType::application, record::app_event_version, record::app_event_bytes(event)));
    counters_[Counter::events_made]++;
    counters_[Counter::app_events]++;
    if (frame == nullptr) {
        counters_[ring_.store_failed() ? Counter::events_dropped_store_failed
                                       : Counter::events_dropped_ring_full]++;
        return;
    }
    suppressed_ = 0;
    std::memcpy(frame, &event, sizeof event);
    std::memcpy(frame + sizeof event, fields.fields().data(), event.field_bytes);
    ring_.prefetch(record::app_event_bytes(event));  // the next one is about as long
}

void Inspector::publish_counts() {
    const ConversationStats& stats = memory_.conversations.stats();
    counters_[Counter::app_refused] = stats.refused;
    counters_[Counter::app_too_long] = stats.too_long;
    counters_[Counter::app_kept_full] = stats.kept_full;
    counters_[Counter::app_heap_full] = stats.heap_full;
    counters_[Counter::app_ndpi_asked] = stats.tail_asked;
    counters_[Counter::app_ndpi_full] = stats.tail_full;
    counters_[Counter::app_facts_full] = memory_.facts.left_out();
}

}  // namespace baleen::protocol
