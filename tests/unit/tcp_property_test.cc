// Random connections with loss, repetition and disorder against a set of the bytes that were seen.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dataplane/flow/tcp_flow.h"
#include "tests/unit/random.h"
#include "tests/unit/tcp_talk.h"

namespace baleen::flow {
namespace {

using namespace test::tcp_flags;
using test::PacketBuilder;
using test::Random;
using test::TcpTalk;

// What one side has sent, byte by byte. Numbers are relative to the initial sequence number.
class Reference {
public:
    void see(uint32_t begin, uint32_t bytes) {
        for (uint32_t i = 0; i < bytes; i++) seen_.insert(begin + i);
        end_ = std::max(end_, begin + bytes);
    }
    void acknowledge(uint32_t up_to) { acknowledged_ = std::max(acknowledged_, up_to); }

    // The SYN is number 0.
    uint32_t missed() const {
        return std::max(end_, acknowledged_) - 1 - static_cast<uint32_t>(seen_.size());
    }
    uint32_t end() const { return end_; }
    uint32_t holes() const {
        uint32_t count = 0, at = 1;
        for (const uint32_t byte : seen_) {
            if (byte != at) count++;
            at = byte + 1;
        }
        return count;
    }

private:
    std::set<uint32_t> seen_;
    uint32_t end_ = 1;
    uint32_t acknowledged_ = 1;
};

// Segments of one side: in order, then mixed, some left out and some doubled.
std::vector<std::pair<uint32_t, uint32_t>> random_segments(Random& random) {
    std::vector<std::pair<uint32_t, uint32_t>> segments;
    uint32_t at = 1;
    for (uint64_t i = random.between(1, 60); i > 0; i--) {
        const auto bytes = static_cast<uint32_t>(random.between(1, 40));
        if (!random.one_in(20)) segments.push_back({at, bytes});
        // Sent again: the same, or cut otherwise.
        if (random.one_in(8)) segments.push_back({at, bytes});
        if (random.one_in(8) && at > 20) segments.push_back({at - 15, bytes + 7});
        at += bytes;
    }
    for (size_t i = 0; i < segments.size(); i++)
        if (random.one_in(3))
            std::swap(segments[i], segments[random.below(segments.size() - i) % 4 + i]);
    return segments;
}

struct Connection {
    TcpTalk talk;  // makes the packets
    std::vector<PacketBuilder::Bytes> packets;
    Reference sides[2];
};

void add_random_traffic(Random& random, Connection& connection) {
    auto& [talk, packets, sides] = connection;
    packets = {talk.packet(0, {syn}), talk.packet(1, {syn | ack, 0, 1}),
               talk.packet(0, {ack, 1, 1})};
    std::vector<std::pair<uint32_t, uint32_t>> segments[2] = {random_segments(random),
                                                              random_segments(random)};
    size_t at[2] = {0, 0};
    while (at[0] < segments[0].size() || at[1] < segments[1].size()) {
        const uint32_t from = at[0] == segments[0].size() ? 1
                              : at[1] == segments[1].size()
                                  ? 0
                                  : static_cast<uint32_t>(random.below(2));
        const auto [begin, bytes] = segments[from][at[from]++];
        Reference after = sides[from];
        after.see(begin, bytes);
        if (after.holes() + sides[1 - from].holes() > holes_max) continue;  // lost as well
        sides[from] = after;
        // Up to a little more than was seen.
        const auto acknowledged = static_cast<uint32_t>(
            random.between(1, sides[1 - from].end() + (random.one_in(30) ? 10 : 0)));
        sides[1 - from].acknowledge(acknowledged);
        packets.push_back(talk.packet(from, {ack, begin, acknowledged, bytes}));
    }
}

TEST(TcpProperty, MissedBytesAreThoseNotInTheSetWhateverTheBatches) {
    Random random;
    for (int round = 0; round < 100; round++) {
        SCOPED_TRACE(round);
        const auto isn = [&] {
            return random.one_in(2) ? 0u - static_cast<uint32_t>(random.below(1500))
                                    : static_cast<uint32_t>(random.next());
        };
        Connection connection{.talk = TcpTalk(isn(), isn())};
        add_random_traffic(random, connection);
        for (const uint64_t lanes :
             {uint64_t{1}, uint64_t{limits::lane_count}, random.between(2, 9)}) {
            test::FlowHarness flows(test::usual_settings, limits::ring_bytes_min);
            int64_t now = test::start;
            for (size_t at = 0; at < connection.packets.size();) {
                std::vector<std::pair<int64_t, PacketBuilder::Bytes>> batch;
                while (batch.size() < lanes && at < connection.packets.size())
                    batch.emplace_back(now += 1000, connection.packets[at++]);
                flows.feed(batch);
            }
            const auto told = flows.drain(now);
            ASSERT_EQ(told.size(), 1u);
            ASSERT_EQ(told[0].tcp.initiator.missed_bytes, connection.sides[0].missed()) << lanes;
            ASSERT_EQ(told[0].tcp.responder.missed_bytes, connection.sides[1].missed()) << lanes;
        }
    }
}

}  // namespace
}  // namespace baleen::flow
