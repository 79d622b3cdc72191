// The sending loop, into a port that takes what the test says.
#include "drivers/gen/sender.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/tsc_clock.h"

namespace baleen::gen {
namespace {

struct NumberedFrames {
    uint32_t next(uint8_t* room) {
        *room = static_cast<uint8_t>(made++);
        return 60;
    }
    void begin_flows(uint64_t count) { begun += count; }
    uint64_t flows_begun() const { return begun; }
    uint64_t made = 0, begun = 0;
};

struct FakePort {
    bool prepare(uint32_t) { return --buffers_missing < 0; }
    uint8_t* room(uint32_t index) { return &rooms[index]; }
    void set_length(uint32_t, uint32_t) {}
    uint32_t send(uint32_t first, uint32_t count) {
        const uint32_t taken = std::min(count - first, takes_at_once);
        for (uint32_t i = first; i < first + taken; i++) sent.push_back(rooms[i]);
        return taken;
    }
    void drop(uint32_t first, uint32_t count) { dropped += count - first; }

    uint32_t takes_at_once = UINT32_MAX;
    int buffers_missing = 0;
    uint64_t dropped = 0;
    std::array<uint8_t, Pacer::burst> rooms{};
    std::vector<uint8_t> sent;
};

struct SenderRun {
    SendEnd run(SendPlan plan) {
        plan.ticks_per_s = 1e9 / base::TscClock().ns_per_tick();
        return Sender<NumberedFrames, FakePort>(frames, port, plan, counters).run(stop);
    }
    double seconds() const {
        return static_cast<double>(counters.end_tsc - counters.start_tsc) *
               base::TscClock().ns_per_tick() / 1e9;
    }
    void expect_in_order() const {
        for (size_t i = 0; i < port.sent.size(); i++)
            ASSERT_EQ(port.sent[i], static_cast<uint8_t>(i));
    }
    NumberedFrames frames;
    FakePort port;
    SendCounters counters;
    std::atomic<bool> stop{false};
};

TEST(Sender, OffersAgainWhatTheFullPortRefusedWhereNoRateIsAsked) {
    SenderRun run;
    run.port.takes_at_once = 3;
    EXPECT_EQ(run.run({.packets = 1001}), SendEnd::done);
    EXPECT_EQ(run.port.sent.size(), 1001u);
    run.expect_in_order();
    EXPECT_EQ(run.counters.packets, 1001u);
    EXPECT_EQ(run.counters.frame_bytes, 1001u * 64);
    EXPECT_EQ(run.counters.refused, 0u);
    EXPECT_EQ(run.port.dropped, 0u);
}

TEST(Sender, CountsWhatThePortRefusedAtARate) {
    SenderRun run;
    run.port.takes_at_once = 0;
    EXPECT_EQ(run.run({.packets_per_s = 1e6, .packets = 5000}), SendEnd::done);
    EXPECT_EQ(run.counters.packets, 0u);
    EXPECT_EQ(run.counters.refused + run.counters.late, 5000u);
    EXPECT_EQ(run.port.dropped, run.counters.refused);
}

TEST(Sender, OffersRateTimesDurationAndNoMore) {
    SenderRun run;
    EXPECT_EQ(run.run({.packets_per_s = 20'000, .seconds = 0.1}), SendEnd::done);
    EXPECT_EQ(run.counters.packets + run.counters.refused + run.counters.late, 2000u);
    EXPECT_GE(run.seconds(), 0.099);
}

TEST(Sender, WaitsForBuffersWithoutLosingAFrame) {
    for (const double rate : {0.0, 1e6}) {
        SenderRun run;
        run.port.buffers_missing = 10;
        EXPECT_EQ(run.run({.packets_per_s = rate, .packets = 500}), SendEnd::done);
        EXPECT_EQ(run.port.sent.size() + run.counters.late, 500u);
        run.expect_in_order();
    }
}

TEST(Sender, BeginsFlowsAtTheirOwnRate) {
    SenderRun run;
    EXPECT_EQ(run.run({.packets_per_s = 100'000, .seconds = 0.2, .new_flows_per_s = 1000}),
              SendEnd::done);
    EXPECT_LE(run.frames.begun, 200u) << "rate times duration, and no more";
    EXPECT_GE(run.frames.begun, 150u);
}

TEST(Sender, StopsWhenToldTo) {
    for (const double rate : {0.0, 1000.0}) {
        SenderRun run;
        std::thread stopper([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            run.stop = true;
        });
        run.port.takes_at_once = rate == 0 ? 0 : 1;
        EXPECT_EQ(run.run({.packets_per_s = rate}), SendEnd::stopped);
        stopper.join();
    }
}

}  // namespace
}  // namespace baleen::gen
