// Runs a replay source as a worker does: receive, look, release; and keeps what came out.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "drivers/replay/replay_source.h"
#include "tests/unit/capture_bytes.h"

namespace baleen::test {

struct ReplayRun {
    explicit ReplayRun(std::vector<std::string> paths) : source(std::move(paths), port) {}

    // One turn. Packets are copied and released at once, so that the source may always go on.
    void step(uint32_t limit = packet::lane_count) {
        source.receive(batch, limit);
        ASSERT_LE(batch.count, limit);
        for (uint32_t i = 0; i < batch.count; i++) {
            const packet::Packet& packet = batch.packets[i];
            ASSERT_GE(packet.clock_ns, clock_ns) << "the clock went back";
            clock_ns = packet.clock_ns;
            packets.emplace_back(packet);
        }
        ASSERT_GE(source.clock_ns(), clock_ns);
        largest_batch = std::max(largest_batch, batch.count);
        source.release(batch);
    }

    // A source that never ends would hang the test: the turns are bounded.
    void to_end(uint32_t limit = packet::lane_count) {
        for (int turn = 0; turn < 1'000'000 && !source.exhausted(); turn++) {
            step(limit);
            if (::testing::Test::HasFatalFailure()) return;
        }
        ASSERT_TRUE(source.exhausted()) << "after a million turns";
    }

    std::vector<std::string> texts() const {
        std::vector<std::string> out;
        for (const SeenPacket& packet : packets) out.push_back(packet.data);
        return out;
    }

    stats::PortStats port{};
    drivers::ReplaySource source;
    packet::Batch batch;
    std::vector<SeenPacket> packets;
    int64_t clock_ns = 0;
    uint32_t largest_batch = 0;
};

}  // namespace baleen::test
