// The protocol stage: what it tells in the ring and in flow records, and what it does when memory
// or patience ends. NTP stands for all protocols: it needs one datagram.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "baleen/ring_reader.h"
#include "dataplane/protocol/inspector.h"
#include "tests/support/dialogue.h"
#include "tests/support/flow_harness.h"

namespace baleen::protocol {
namespace {

using stats::Counter;
using test::second;
using test::start;

constexpr ProtocolSettings usual = {
    .conversations = {.conversations_max = 64, .kept_bytes = 256 << 10},
    .reorder_bytes = 64 << 10,
    .facts_bytes = 64 << 10,
    .events_per_second = 1000};

// A client's request.
const test::PacketBuilder::Bytes ntp_request = [] {
    test::PacketBuilder::Bytes bytes(48, 0);
    bytes[0] = 0xe3;
    return bytes;
}();

test::PacketBuilder::Bytes datagram(uint16_t src_port, const test::PacketBuilder::Bytes& payload) {
    return test::PacketBuilder()
        .ethernet()
        .ipv4("10.0.0.1", "10.0.0.2")
        .udp(src_port, 123)
        .raw(payload)
        .take();
}

class Stage {
public:
    explicit Stage(const ProtocolSettings& settings = usual, uint64_t flow_count = 1000)
        : flows_(flow_settings(flow_count)),
          inspector_(std::move(*InspectorMemory::create(settings, flows_.tracker().capacity())),
                     settings, flows_.tracker(), writer_, flows_.counters()) {
        flows_.tracker().add_end_listener(inspector_);
        flows_.tracker().set_application_source(inspector_);
        flows_.set_next_stage([this](packet::Batch& batch) { inspector_.begin_batch(batch); },
                              [this] { inspector_.inspect_batch(); });
    }

    test::FlowHarness& flows() { return flows_; }
    std::vector<record::AppEvent> take_events() {
        writer_.publish();
        std::vector<record::AppEvent> events;
        for (ring::Frame frame; reader_.next(frame);) {
            EXPECT_EQ(frame.header.type, static_cast<uint16_t>(ring::FrameType::application));
            std::memcpy(&events.emplace_back(), frame.payload, sizeof(record::AppEvent));
            EXPECT_EQ(frame.header.payload_bytes, record::app_event_bytes(events.back()));
        }
        return events;
    }
    uint64_t counted(Counter counter) { return flows_.counters()[counter]; }

private:
    static flow::FlowSettings flow_settings(uint64_t flow_count) {
        flow::FlowSettings settings = test::usual_settings;
        settings.flow_count_max = flow_count;
        return settings;
    }

    test::FlowHarness flows_;
    ring::NewRing ring_ = std::move(*ring::create_ring(16u << 20, 1, 0, 1));
    ring::Reader reader_ = ring::Reader::open(ring_.fd.get());
    ring::Writer writer_{ring_.view};
    Inspector inspector_;
};

TEST(Inspector, TellsInTheRingAndInTheRecord) {
    Stage stage;
    stage.flows().feed(start, datagram(50000, ntp_request));
    const auto events = stage.take_events();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].app_proto, AppProto::ntp);
    EXPECT_EQ(events[0].initiator_port, 50000);
    EXPECT_EQ(events[0].responder_port, 123);
    EXPECT_EQ(events[0].time_ns, start);
    EXPECT_EQ(events[0].flags, 0);
    const auto records = stage.flows().drain(start + second);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].flow_id, events[0].flow_id);
    EXPECT_EQ(records[0].flags & record::has_application, record::has_application);
    EXPECT_EQ(records[0].application.app_proto, AppProto::ntp);
    EXPECT_EQ(records[0].application.events, 1u);
}

TEST(Inspector, HearsPacketsOfAFlowThatEndsInTheirBatch) {
    Stage stage;
    const auto late = start + test::usual_settings.idle_timeout_ns + second;
    stage.flows().feed(
        {{start, datagram(50000, ntp_request)}, {late, datagram(50000, ntp_request)}});
    const auto records = stage.flows().take_records();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].application.app_proto, AppProto::ntp);
    EXPECT_EQ(records[0].application.events, 1u);
    EXPECT_EQ(stage.take_events().size(), 2u);
}

TEST(Inspector, RecordsOfFlowsWithoutAProtocolHaveNoSection) {
    Stage stage;
    stage.flows().feed(start, datagram(50000, {1, 2, 3}));
    const auto records = stage.flows().drain(start + second);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].flags & record::has_application, 0);
    EXPECT_EQ(records[0].flags & ~flow::told_flags, 0) << "no flag of the worker's own";
}

TEST(Inspector, CountsEventsBeyondTheLimit) {
    ProtocolSettings settings = usual;
    settings.events_per_second = 2;
    Stage stage(settings);
    for (int i = 0; i < 5; i++) stage.flows().feed(start + i, datagram(50000, ntp_request));
    EXPECT_EQ(stage.take_events().size(), 2u);
    EXPECT_EQ(stage.counted(Counter::app_suppressed), 3u);
    stage.flows().feed(start + 2 * second, datagram(50000, ntp_request));
    const auto events = stage.take_events();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].suppressed, 3u);
    EXPECT_EQ(events[0].number, 5u);
}

TEST(Inspector, AFloodTakesNoMoreThanThereIsAndTheSilentGiveWay) {
    ProtocolSettings settings = usual;
    settings.conversations.conversations_max = 8;
    Stage stage(settings);
    for (uint16_t i = 0; i < 100; i++)
        stage.flows().feed(start, datagram(static_cast<uint16_t>(20000 + i), ntp_request));
    EXPECT_EQ(stage.take_events().size(), 8u);
    EXPECT_EQ(stage.counted(Counter::app_conversations_full), 92u);
    stage.flows().feed(start + 11 * second, datagram(40000, ntp_request));
    EXPECT_EQ(stage.take_events().size(), 1u);
    EXPECT_EQ(stage.counted(Counter::app_conversations_given_up), 1u);
    const auto records = stage.flows().drain(start + 12 * second);
    EXPECT_EQ(std::count_if(records.begin(), records.end(),
                            [](const auto& r) { return (r.flags & record::has_application) != 0; }),
              9);
}

// Hellos that nobody answers: as many handshakes are kept as there is memory for, for as long as
// they may go on, and the rest is counted. What was heard of those kept is told when they end.
TEST(Inspector, HalfOpenHandshakesAreBoundedAndCounted) {
    const auto hello =
        test::read_dialogue(BALEEN_SOURCE_ROOT "/tests/protocol/tls_1_3.txt").utterances[0].bytes;
    ProtocolSettings settings = usual;
    settings.conversations.conversations_max = 100;
    settings.events_per_second = UINT32_MAX;
    constexpr uint64_t flood = 20'000;
    Stage stage(settings, 2 * flood);
    for (uint64_t i = 0; i < flood; i++) {
        const std::string source =
            "10.1." + std::to_string(i / 200) + "." + std::to_string(i % 200);
        stage.flows().feed(start + static_cast<int64_t>(i), test::PacketBuilder()
                                                                .ethernet()
                                                                .ipv4(source, "10.0.0.2")
                                                                .tcp(40000, 443, 0x18)
                                                                .raw(hello)
                                                                .take());
    }
    const uint64_t heard = flood - stage.counted(Counter::app_conversations_full);
    stage.flows().drain(start + second);
    const auto events = stage.take_events();
    EXPECT_EQ(heard, settings.conversations.conversations_max);
    EXPECT_EQ(events.size() + stage.counted(Counter::app_kept_full), heard);
    EXPECT_GE(events.size(), 30u);
    for (const record::AppEvent& event : events) ASSERT_EQ(event.app_proto, AppProto::tls);
}

}  // namespace
}  // namespace baleen::protocol
