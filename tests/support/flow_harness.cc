#include "tests/support/flow_harness.h"

namespace baleen::test {
namespace {

ring::NewRing new_ring(uint64_t bytes) {
    auto ring = ring::create_ring(bytes, 1, 0, 1);
    BALEEN_ASSERT(ring);
    return std::move(*ring);
}

flow::FlowTable new_table(const flow::FlowSettings& settings) {
    auto table =
        flow::FlowTable::create(settings.flow_count_max, settings.splt_packets, settings.matches);
    BALEEN_ASSERT(table);
    return std::move(*table);
}

}  // namespace

FlowHarness::FlowHarness(const flow::FlowSettings& settings, uint64_t ring_bytes,
                         uint64_t datagram_count)
    : ring_(new_ring(ring_bytes)),
      reader_(ring::Reader::open(ring_.fd.get())),
      writer_(ring_.view),
      fragments_(datagram_count, settings.fragment_timeout_ns, packet::fixed_hash_key, counters_),
      tracker_(new_table(settings), settings, writer_, counters_) {}

void FlowHarness::feed(const std::vector<std::pair<int64_t, PacketBuilder::Bytes>>& packets) {
    BALEEN_ASSERT(packets.size() <= limits::lane_count);
    batch_.count = 0;
    for (const auto& [time_ns, bytes] : packets)
        batch_.packets[batch_.count++] = packet_of(bytes, time_ns);
    process_batch();
}

void FlowHarness::feed_captured(int64_t time_ns, const PacketBuilder::Bytes& packet,
                                size_t captured) {
    // Memory of just that size, for the address sanitizer.
    const PacketBuilder::Bytes cut(packet.begin(),
                                   packet.begin() + static_cast<ptrdiff_t>(captured));
    batch_.packets[0] = packet_of(cut, time_ns);
    batch_.packets[0].wire_length = static_cast<uint32_t>(packet.size());
    batch_.count = 1;
    process_batch();
}

void FlowHarness::process_batch() {
    packet::parse_batch(batch_, {}, counters_.values());
    fragments_.link_batch(batch_);
    packet::hash_batch(batch_, packet::fixed_hash_key);
    tracker_.prefetch_lines(batch_);
    tracker_.account_batch(none_, batch_);
    begin_next_(batch_);
    tracker_.account_batch(batch_, none_);
    act_next_();
    writer_.publish();
}

std::vector<record::FlowRecord> FlowHarness::take_records() {
    writer_.publish();
    std::vector<record::FlowRecord> records;
    ring::Frame frame;
    while (reader_.next(frame)) {
        record::FlowRecord record;
        BALEEN_ASSERT(record::unpack(frame.payload, frame.header.payload_bytes, record));
        records.push_back(record);
    }
    BALEEN_ASSERT(reader_.problem().empty());
    reader_.release(records.size());
    return records;
}

void FlowHarness::discard_records() {
    writer_.publish();
    uint64_t frames = 0;
    for (ring::Frame frame; reader_.next(frame);) frames++;
    reader_.release(frames);
}

std::vector<record::FlowRecord> FlowHarness::drain(int64_t clock_ns) {
    while (tracker_.drain(clock_ns)) {
    }
    return take_records();
}

}  // namespace baleen::test
