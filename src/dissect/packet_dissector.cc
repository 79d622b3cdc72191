#include "dissect/packet_dissector.h"

#include <utility>

#include "packet/flow_hash.h"

namespace baleen::dissect {
namespace {

constexpr int64_t second_ns = 1'000'000'000;

// As in the configuration, but for a table that grows with the capture as far as memory is touched
// only where it is used.
constexpr uint64_t flow_count = 1u << 20;
constexpr flow::FlowSettings flow_settings = {.flow_count_max = flow_count,
                                              .idle_timeout_ns = 60 * second_ns,
                                              .active_timeout_ns = 300 * second_ns,
                                              .tcp_end_timeout_ns = 5 * second_ns,
                                              .fragment_timeout_ns = FragmentLinker::timeout_ns};
constexpr uint64_t mib = 1u << 20;
constexpr protocol::ProtocolSettings protocol_settings = {
    .conversations = {.conversations_max = flow_count / 8, .kept_bytes = 64 * mib},
    .reorder_bytes = 32 * mib,
    .facts_bytes = 64 * mib,
    .events_per_second = UINT32_MAX};
constexpr uint64_t ring_bytes = 4 * mib;  // emptied after every packet

}  // namespace

base::Result<std::unique_ptr<PacketDissector>> PacketDissector::create() {
    auto table = flow::FlowTable::create(flow_count);
    if (!table) return table.error();
    auto memory = protocol::InspectorMemory::create(protocol_settings, table->capacity());
    if (!memory) return memory.error();
    auto ring = ring::create_ring(ring_bytes, 1, 0, 1);
    if (!ring) return ring.error();
    return std::unique_ptr<PacketDissector>(
        new PacketDissector(std::move(*table), std::move(*memory), std::move(*ring)));
}

PacketDissector::PacketDissector(flow::FlowTable table, protocol::InspectorMemory memory,
                                 ring::NewRing ring)
    : ring_(std::move(ring)),
      reader_(ring::Reader::open(ring_.fd.get())),
      writer_(ring_.view),
      flows_(std::move(table), flow_settings, writer_, counters_),
      inspector_(std::move(memory), protocol_settings, flows_, writer_, counters_) {
    flows_.add_end_listener(inspector_);
    flows_.set_application_source(inspector_);
}

PacketDissector::Dissected PacketDissector::take(packet::Batch& batch) {
    fragments_.link(batch);
    packet::hash_batch(batch, packet::fixed_hash_key);
    flows_.account_batch(none_, batch);
    inspector_.begin_batch(batch);
    flows_.account_batch(batch, none_);
    inspector_.inspect_batch();
    Dissected found;
    if (batch.count > 0 && batch.flows[0].is_counted != 0) {
        const flow::Flow& flow = flows_.flow(batch.flows[0].index);
        found.flow_id = flow.flow_id;
        if ((flow.record_flags & record::has_application) != 0) {
            record::Application section;
            inspector_.write_section(batch.flows[0].index, section);
            found.app_proto = section.app_proto;
        }
    }
    clock_ns_ = batch.clock_ns;
    flows_.sweep(clock_ns_);
    writer_.publish();
    read_events(found.flow_id);
    found.events = events_;
    found.events_of_ended_flows = events_of_ended_;
    return found;
}

std::span<const record::AppMessage> PacketDissector::drain() {
    constexpr uint64_t no_flow = 0;
    do {
        const bool more = flows_.drain(clock_ns_);
        writer_.publish();
        read_events(no_flow);
        if (!more) break;
    } while (events_of_ended_.empty());
    return events_of_ended_;
}

// Those of other flows than the packet's came because these have ended.
void PacketDissector::read_events(uint64_t flow_id) {
    events_.clear();
    events_of_ended_.clear();
    record::AppMessage message;
    uint64_t frames = 0;
    for (ring::Frame frame; reader_.next(frame); frames++) {
        if (frame.header.type != static_cast<uint16_t>(ring::FrameType::application)) continue;
        if (record::read_app_event({frame.payload, frame.header.payload_bytes}, message) != nullptr)
            continue;
        record::complete(message);
        (message.event.flow_id == flow_id ? events_ : events_of_ended_).push_back(message);
    }
    reader_.release(frames);
}

}  // namespace baleen::dissect
