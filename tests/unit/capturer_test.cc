// The capture stage: which packets come into chunks, how much of them, and what is left out.
#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/capture/capturer.h"
#include "dataplane/capture/chunk_packets.h"
#include "packets/key.h"
#include "tests/support/flow_harness.h"

namespace baleen::capture {
namespace {

using packets::ChunkFlow;
using stats::Counter;
using test::second;
using test::start;

test::PacketBuilder::Bytes datagram(uint16_t src_port, size_t payload_bytes = 100) {
    return test::PacketBuilder()
        .ethernet()
        .ipv4("10.0.0.1", "10.0.0.2")
        .udp(src_port, 123)
        .raw(test::PacketBuilder::Bytes(payload_bytes, uint8_t(src_port)))
        .take();
}

struct Seen {
    std::vector<uint8_t> bytes;
    uint32_t wire_bytes;
    int64_t time_ns;
    std::string comment;
    bool is_written;
};
struct SeenChunk {
    packets::ChunkBlock header;
    std::vector<Seen> packets;
    std::vector<ChunkFlow> flows;
};

std::vector<SeenChunk> take_chunks(ChunkPool& pool, bool give_back = true) {
    std::vector<SeenChunk> out;
    for (SealedChunk chunk; pool.take_sealed(chunk);) {
        SeenChunk& seen = out.emplace_back();
        seen.header = chunk.header();
        seen.flows.assign(chunk.flows().begin(), chunk.flows().end());
        visit_packets(seen.header, chunk.memory.bytes,
                      [&](const packets::PacketView& facts, uint32_t) {
                          seen.packets.push_back({{facts.data, facts.data + facts.captured_bytes},
                                                  facts.wire_bytes,
                                                  facts.time_ns,
                                                  std::string(facts.comment),
                                                  (facts.interface & is_written) != 0});
                          return true;
                      });
        if (give_back) pool.give_back(chunk);
    }
    return out;
}

class Stage {
public:
    explicit Stage(const CaptureSettings& settings, const std::string& filter = {})
        : flows_(flow_settings()),
          memory_(std::move(*CaptureMemory::create(settings, 7, flows_.tracker().capacity()))),
          filter_(compile(filter)),
          capturer_(memory_, settings, filter_, interfaces_, flows_.tracker(), flows_.counters()) {
        flows_.tracker().add_end_listener(capturer_);
        flows_.set_next_stage([this](packet::Batch& batch) { capturer_.begin_batch(batch); },
                              [this] {
                                  if (choose_) choose_();
                                  capturer_.capture_batch();
                              });
    }

    test::FlowHarness& flows() { return flows_; }
    // Called behind the flow stage, as the match stage is.
    void choose(std::function<void()> choose) { choose_ = std::move(choose); }
    std::vector<Seen> written() {
        capturer_.close();
        std::vector<Seen> all;
        for (SeenChunk& chunk : take_chunks(*memory_.written))
            all.insert(all.end(), chunk.packets.begin(), chunk.packets.end());
        return all;
    }
    CaptureMemory& memory() { return memory_; }
    void fill_interfaces() {
        for (uint16_t port = 1; port <= Interfaces::count_max; port++)
            interfaces_.number_of(port, packet::LinkType::raw);
    }
    Capturer& capturer() { return capturer_; }
    uint64_t counted(Counter counter) { return flows_.counters()[counter]; }

private:
    static flow::FlowSettings flow_settings() {
        flow::FlowSettings settings = test::usual_settings;
        settings.matches = true;
        return settings;
    }
    static dataplane::FilterJit compile(const std::string& text) {
        std::string notice;
        return {std::move(*packet::CaptureFilter::compile(text)), notice};
    }

    test::FlowHarness flows_;
    CaptureMemory memory_;
    dataplane::FilterJit filter_;
    Interfaces interfaces_;
    Capturer capturer_;
    std::function<void()> choose_;
};

constexpr uint64_t never_ns = UINT64_MAX;

CaptureSettings usual() {
    CaptureSettings settings;
    settings.flush_interval_ns = never_ns;
    settings.chunks = 8;
    return settings;
}

TEST(Capturer, CopiesPacketsInTheirOrderWithTimeAndFlow) {
    Stage stage(usual());
    const auto first = datagram(1000), second_packet = datagram(2000, 33);
    stage.flows().feed({{start, first}, {start + 5, second_packet}, {start + 9, first}});
    stage.capturer().close();
    const auto chunks = take_chunks(*stage.memory().written);
    ASSERT_EQ(chunks.size(), 1u);
    const SeenChunk& chunk = chunks[0];
    ASSERT_EQ(chunk.packets.size(), 3u);
    EXPECT_EQ(chunk.packets[0].bytes, first);
    EXPECT_EQ(chunk.packets[1].bytes, second_packet);
    EXPECT_EQ(chunk.packets[1].wire_bytes, second_packet.size());
    EXPECT_EQ(chunk.packets[2].time_ns, start + 9);
    EXPECT_EQ(chunk.header.first_ns, start);
    EXPECT_EQ(chunk.header.last_ns, start + 9);
    EXPECT_EQ(chunk.header.worker, 7u);
    EXPECT_EQ(chunk.header.chunk_bytes % packets::chunk_alignment, 0u);
    ASSERT_EQ(chunk.flows.size(), 2u) << "one entry for each flow";
    EXPECT_EQ(chunk.packets[0].comment, "flow=" + std::to_string(chunk.flows[0].flow_id));
    EXPECT_EQ(chunk.packets[1].comment, "flow=" + std::to_string(chunk.flows[1].flow_id));
    EXPECT_EQ(chunk.packets[2].comment, chunk.packets[0].comment);
    EXPECT_EQ(stage.counted(Counter::captured_packets), 3u);
}

TEST(Capturer, KeepsPacketsThatAreInNoFlow) {
    Stage stage(usual());
    const auto arp =
        test::PacketBuilder().ethernet().ether_type(0x0806).raw(std::vector<uint8_t>(28)).take();
    stage.flows().feed(start, arp);
    const auto written = stage.written();
    ASSERT_EQ(written.size(), 1u);
    EXPECT_EQ(written[0].bytes, arp);
    EXPECT_EQ(written[0].comment, "");
}

TEST(Capturer, ObeysTheFilter) {
    Stage stage(usual(), "src port 2000");
    stage.flows().feed({{start, datagram(1000)}, {start, datagram(2000)}});
    ASSERT_EQ(stage.written().size(), 1u);
    EXPECT_EQ(stage.counted(Counter::captured_packets), 1u);
}

TEST(Capturer, TakesTheFirstPacketsOfAFlowAndOfTheNextOneInItsPlace) {
    CaptureSettings settings = usual();
    settings.flow_packets = 2;
    Stage stage(settings);
    const auto late = start + test::usual_settings.idle_timeout_ns + second;
    // The second flow begins in the batch in which the first one ends.
    stage.flows().feed({{start, datagram(1000)},
                        {start + 1, datagram(1000)},
                        {start + 2, datagram(1000)},
                        {late, datagram(1000)},
                        {late + 1, datagram(1000)},
                        {late + 2, datagram(1000)}});
    std::vector<int64_t> times;
    for (const Seen& packet : stage.written()) times.push_back(packet.time_ns);
    EXPECT_EQ(times, (std::vector<int64_t>{start, start + 1, late, late + 1}));
}

TEST(Capturer, TakesTheFirstBytesOfAFlow) {
    CaptureSettings settings = usual();
    settings.flow_bytes = datagram(1000).size() + 1;
    Stage stage(settings);
    for (int i = 0; i < 4; i++) stage.flows().feed(start + i, datagram(1000));
    EXPECT_EQ(stage.written().size(), 2u) << "the packet that reaches the bound is whole";
}

TEST(Capturer, CutsToTheSnapLength) {
    CaptureSettings settings = usual();
    settings.snaplen = 50;
    Stage stage(settings);
    stage.flows().feed(start, datagram(1000));
    const auto written = stage.written();
    ASSERT_EQ(written.size(), 1u);
    EXPECT_EQ(written[0].bytes.size(), 50u);
    EXPECT_EQ(written[0].wire_bytes, datagram(1000).size());
}

TEST(Capturer, CutsAndThenLeavesOutWhenTheDiskIsBehind) {
    CaptureSettings settings = usual();
    settings.chunks = 8;
    settings.cut_bytes = 60;
    Stage stage(settings);
    const size_t payload = 60'000;
    constexpr uint64_t count = 2000;
    for (uint64_t i = 0; i < count; i++) stage.flows().feed(start, datagram(1000, payload));
    const uint64_t cut = stage.counted(Counter::capture_note_cut);
    const uint64_t whole = count - cut;
    // Six of eight chunks are filled before fewer than two are free.
    EXPECT_NEAR(double(whole), 7.0 * packets::chunk_bytes_max / double(payload), 20);
    EXPECT_EQ(stage.counted(Counter::capture_shed_disk_behind), 0u);
    for (uint64_t i = 0; i < 20 * count; i++) stage.flows().feed(start, datagram(1000, payload));
    const uint64_t left_out = stage.counted(Counter::capture_shed_disk_behind);
    EXPECT_GT(left_out, 0u);
    EXPECT_EQ(stage.counted(Counter::captured_packets), 21 * count);
    EXPECT_EQ(stage.written().size(), 21 * count - left_out) << "each is there or counted";
}

TEST(Capturer, SaysThatTheDiskHasFailed) {
    CaptureSettings settings = usual();
    Stage stage(settings);
    stage.memory().written->set_failing(true);
    for (int i = 0; i < 2000; i++) stage.flows().feed(start, datagram(1000, 60'000));
    stage.capturer().close();
    for (int i = 0; i < 40'000; i++) stage.flows().feed(start, datagram(1000, 60'000));
    EXPECT_GT(stage.counted(Counter::capture_shed_disk_failed), 0u);
    EXPECT_EQ(stage.counted(Counter::capture_shed_disk_behind), 0u);
}

TEST(Capturer, WaitsInsteadWherePacketsComeFromAFile) {
    CaptureSettings settings = usual();
    settings.may_wait = true;
    Stage stage(settings);
    uint64_t fed = 0;
    while (!stage.capturer().must_wait() && fed < 100'000) {
        stage.flows().feed(start, datagram(1000, 60'000));
        fed++;
    }
    EXPECT_LT(fed, 100'000u);
    EXPECT_EQ(stage.counted(Counter::capture_note_cut), 0u);
    EXPECT_EQ(stage.written().size(), fed);
}

TEST(Capturer, LeavesOutWhatCameInByMoreInterfacesThanFilesDescribe) {
    Stage stage(usual());
    stage.fill_interfaces();
    stage.flows().feed(start, datagram(1000));
    EXPECT_EQ(stage.counted(Counter::captured_packets), 1u);
    EXPECT_EQ(stage.counted(Counter::capture_shed_interfaces_full), 1u);
    EXPECT_TRUE(stage.written().empty());
}

CaptureSettings with_rules() {
    CaptureSettings settings = usual();
    settings.select = Select::rules;
    settings.history_chunks = 100;
    return settings;
}

TEST(Capturer, WritesAChosenFlowAndNamesItsPast) {
    Stage stage(with_rules());
    stage.flows().feed({{start, datagram(1000)}, {start, datagram(2000)}});
    stage.flows().feed({{start + 1, datagram(1000)}, {start + 1, datagram(2000)}});
    stage.choose([&] {
        // The flow of the first packet is index 0.
        stage.flows().tracker().take_match(0, {4711, 1, ruleset::Action::capture, false});
        stage.choose({});
    });
    stage.flows().feed({{start + 2, datagram(1000)}, {start + 2, datagram(2000)}});
    stage.flows().feed({{start + 3, datagram(1000)}, {start + 3, datagram(2000)}});

    FlowTrigger trigger;
    ASSERT_TRUE(stage.memory().triggers->take(trigger));
    FlowTrigger other;
    EXPECT_FALSE(stage.memory().triggers->take(other));
    const auto written = stage.written();
    ASSERT_EQ(written.size(), 2u);
    EXPECT_EQ(written[0].time_ns, start + 2);
    EXPECT_EQ(written[0].comment, "flow=" + std::to_string(trigger.flow_id) + " rule=4711");

    const auto history = take_chunks(*stage.memory().history);
    ASSERT_EQ(history.size(), 1u);
    ASSERT_EQ(history[0].packets.size(), 8u);
    EXPECT_EQ(trigger.sequence, 0u);
    EXPECT_EQ(history[0].flows[trigger.flow].flow_id, trigger.flow_id);
    EXPECT_EQ(trigger.packets, 4u) << "later ones are written by the worker";
    std::vector<bool> marks;
    for (const Seen& packet : history[0].packets) marks.push_back(packet.is_written);
    EXPECT_EQ(marks, (std::vector<bool>{false, false, false, false, true, false, true, false}));
}

TEST(Capturer, ChoosesAFlowAloneAndNotTheNextOneInItsPlace) {
    Stage stage(with_rules());
    stage.flows().feed(start, datagram(1000));
    stage.choose([&] {
        stage.flows().tracker().take_match(0, {4711, 1, ruleset::Action::capture, false});
        stage.choose({});
    });
    stage.flows().feed(start + 1, datagram(1000));
    stage.flows().feed(start + 2, datagram(1000));
    const auto late = start + test::usual_settings.idle_timeout_ns + second;
    stage.flows().feed(late, datagram(1000));
    stage.flows().feed(late + 1, datagram(1000));
    std::vector<int64_t> times;
    for (const Seen& packet : stage.written()) times.push_back(packet.time_ns);
    EXPECT_EQ(times, (std::vector<int64_t>{start + 1, start + 2}));

    const auto history = take_chunks(*stage.memory().history);
    ASSERT_EQ(history.size(), 1u);
    ASSERT_EQ(history[0].flows.size(), 2u) << "one entry for each flow";
    EXPECT_NE(history[0].flows[0].flow_id, history[0].flows[1].flow_id);
    EXPECT_EQ(history[0].flows[1].previous_sequence, packets::none_before);
}

TEST(Capturer, WantsAllOfAChunkThatTheFlowHasLeftBehind) {
    Stage stage(with_rules());
    stage.flows().feed(start, datagram(1000));
    for (int i = 0; i < 60; i++) stage.flows().feed(start + i, datagram(2000, 50'000));
    stage.choose([&] {
        stage.flows().tracker().take_match(0, {4711, 1, ruleset::Action::capture, false});
        stage.choose({});
    });
    stage.flows().feed(start + 100, datagram(1000));
    FlowTrigger trigger;
    ASSERT_TRUE(stage.memory().triggers->take(trigger));
    EXPECT_EQ(trigger.sequence, 0u);
    EXPECT_EQ(trigger.packets, UINT32_MAX);
    stage.capturer().close();
    EXPECT_GT(take_chunks(*stage.memory().history).size(), 2u);
}

TEST(Capturer, MarksInTheHistoryWhatIsOnItsWayToTheDisk) {
    CaptureSettings settings = with_rules();
    settings.select = Select::all;
    settings.has_filter = true;  // so that there is a history of its own
    settings.chunks = 4;
    Stage stage(settings);
    constexpr uint64_t count = 100;
    for (uint64_t i = 0; i < count; i++) stage.flows().feed(start, datagram(1000, 60'000));
    const uint64_t left_out = stage.counted(Counter::capture_shed_disk_behind);
    EXPECT_GT(left_out, 0u);
    stage.capturer().close();
    uint64_t marked = 0;
    for (const SeenChunk& chunk : take_chunks(*stage.memory().history))
        for (const Seen& packet : chunk.packets) marked += packet.is_written ? 1 : 0;
    EXPECT_EQ(marked, count - left_out) << "what was left out may still be wanted out of the past";
}

TEST(Capturer, ChainsAFlowThroughTheHistory) {
    Stage stage(with_rules());
    for (int i = 0; i < 60; i++)
        stage.flows().feed({{start + i, datagram(1000, 50'000)}, {start + i, datagram(2000)}});
    stage.capturer().close();
    const auto history = take_chunks(*stage.memory().history);
    ASSERT_GT(history.size(), 2u);
    const SeenChunk& last = history.back();
    const auto flow =
        std::ranges::find(last.flows, history[0].flows[1].flow_id, &ChunkFlow::flow_id);
    ASSERT_NE(flow, last.flows.end());
    uint64_t sequence = flow->previous_sequence;
    uint32_t entry = flow->previous_flow;
    size_t hops = 1;
    for (; sequence != packets::none_before; hops++) {
        ASSERT_LT(sequence, history.size());
        EXPECT_EQ(history[sequence].flows[entry].flow_id, flow->flow_id);
        std::tie(sequence, entry) = std::pair(history[sequence].flows[entry].previous_sequence,
                                              history[sequence].flows[entry].previous_flow);
    }
    EXPECT_EQ(hops, history.size());
}

TEST(Capturer, HasKeysThatAreTheSameInBothDirections) {
    const packets::Address a{1, 2, 3}, b{4, 5, 6};
    EXPECT_EQ(packets::tuple_key(6, a, 80, b, 5000), packets::tuple_key(6, b, 5000, a, 80));
    EXPECT_NE(packets::tuple_key(6, a, 80, b, 5000), packets::tuple_key(6, a, 5000, b, 80));
    EXPECT_NE(packets::tuple_key(6, a, 80, b, 5000), packets::tuple_key(17, a, 80, b, 5000));
    EXPECT_NE(packets::host_key(a), packets::host_key(b));
}

}  // namespace
}  // namespace baleen::capture
