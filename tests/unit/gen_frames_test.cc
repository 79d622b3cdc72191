// Frames of the generator, judged by the parser and the checksum verifier of the capture.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "drivers/gen/flow_numbers.h"
#include "drivers/gen/synthetic_frames.h"
#include "packet/ip.h"
#include "tests/unit/gen_parse.h"

namespace baleen::gen {
namespace {

using test::judge;
using test::Judged;

FrameMix mix_of(std::string_view text) { return *parse_frame_mix(text); }

std::vector<uint8_t> next_of(SyntheticFrames& frames) {
    std::vector<uint8_t> room(frame_bytes_max);
    room.resize(frames.next(room.data()));
    return room;
}

struct Kind {
    const char* size;
    Payload payload;
};

class EveryKind : public ::testing::TestWithParam<Kind> {};

TEST_P(EveryKind, IsAFlowWithRightChecksumsInEveryPacket) {
    SyntheticFrames frames(
        {.flows = 50, .mix = mix_of(GetParam().size), .payload = GetParam().payload, .seed = 7});
    for (int i = 0; i < 5000; i++) {
        const auto frame = next_of(frames);
        const Judged judged = judge(frame);
        ASSERT_EQ(judged.verdict, packet::Verdict::counted_flow) << i;
        ASSERT_EQ(judged.wrong_checksums, 0u) << i;
        ASSERT_EQ(judged.layers.ip_bytes + 14, frame.size()) << "no padding";
        if (i % 100 == 0) frames.begin_flows(3);
    }
}

INSTANTIATE_TEST_SUITE_P(Frames, EveryKind,
                         ::testing::Values(Kind{"64", Payload::zeros}, Kind{"65", Payload::random},
                                           Kind{"512", Payload::text},
                                           Kind{"1518", Payload::random},
                                           Kind{"imix", Payload::random}));

// What proves the judge: a frame with one bit changed is refused by it.
TEST(GeneratedFrames, WouldBeFoundWrongIfTheyWere) {
    SyntheticFrames frames({.flows = 2, .mix = mix_of("128")});
    for (int i = 0; i < 2; i++) {
        auto frame = next_of(frames);
        frame[at::src] ^= 1;
        EXPECT_EQ(judge(frame).wrong_checksums, 2u) << "of IP and of the transport";
    }
}

TEST(GeneratedFrames, HaveTheSizesAskedForInTheirProportion) {
    SyntheticFrames frames({.flows = 24, .mix = mix_of("imix")});
    std::map<size_t, int> counts;
    for (int i = 0; i < 12'000; i++) counts[next_of(frames).size() + 4]++;
    EXPECT_EQ(counts, (std::map<size_t, int>{{64, 7000}, {594, 4000}, {1518, 1000}}));
    EXPECT_NEAR(mix_of("imix").mean_bytes(), (7 * 64 + 4 * 594 + 1518) / 12.0, 1e-9);
    EXPECT_EQ(frames.length_max(), 1514u);
}

// 24 flows are two rounds of the mix: without care each flow would have one size only.
TEST(GeneratedFrames, OfOneFlowHaveEverySizeOfTheMix) {
    SyntheticFrames frames({.flows = 24, .mix = mix_of("imix")});
    std::map<uint16_t, std::set<size_t>> sizes;
    for (int i = 0; i < 24 * 12; i++) {
        const auto frame = next_of(frames);
        sizes[judge(frame).key.src_port].insert(frame.size());
    }
    for (const auto& [port, seen] : sizes) EXPECT_EQ(seen.size(), 3u) << port;
}

TEST(GeneratedFrames, AreOfAsManyFlowsAsAskedForHalfOfThemTcp) {
    SyntheticFrames frames({.flows = 1000});
    std::map<std::string, int> flows;
    int tcp = 0, syn = 0;
    for (int i = 0; i < 3000; i++) {
        const Judged judged = judge(next_of(frames));
        flows[judged.key_bytes()]++;
        tcp += judged.key.protocol == packet::protocol::tcp ? 1 : 0;
        syn += (judged.layers.tcp_flags & packet::tcp::syn) != 0 ? 1 : 0;
    }
    EXPECT_EQ(flows.size(), 1000u);
    for (const auto& [key, packets] : flows) EXPECT_EQ(packets, 3);
    EXPECT_EQ(tcp, 1500);
    EXPECT_EQ(syn, 500) << "one a flow";
}

TEST(GeneratedFrames, OfNewFlowsTakeTheOldestOnesPlaces) {
    SyntheticFrames frames({.flows = 100});
    std::set<std::string> before, after;
    for (int i = 0; i < 100; i++) before.insert(judge(next_of(frames)).key_bytes());
    frames.begin_flows(30);
    EXPECT_EQ(frames.flows_begun(), 130u);
    for (int i = 0; i < 100; i++) after.insert(judge(next_of(frames)).key_bytes());
    EXPECT_EQ(after.size(), 100u);
    std::vector<std::string> kept;
    std::set_intersection(before.begin(), before.end(), after.begin(), after.end(),
                          std::back_inserter(kept));
    EXPECT_EQ(kept.size(), 70u);
}

TEST(GeneratedFrames, OfSeveralQueuesHaveNoFlowInCommon) {
    std::set<std::string> flows;
    for (uint64_t share = 0; share < 3; share++) {
        SyntheticFrames frames({.flows = 500, .share = share, .share_count = 3});
        for (int i = 0; i < 500; i++) flows.insert(judge(next_of(frames)).key_bytes());
    }
    EXPECT_EQ(flows.size(), 1500u);
}

TEST(GeneratedFrames, AreAFunctionOfTheSeed) {
    const auto stream = [](uint64_t seed) {
        SyntheticFrames frames(
            {.flows = 10, .mix = mix_of("imix"), .payload = Payload::random, .seed = seed});
        std::vector<uint8_t> all;
        for (int i = 0; i < 100; i++) {
            const auto frame = next_of(frames);
            all.insert(all.end(), frame.begin(), frame.end());
        }
        return all;
    };
    EXPECT_EQ(stream(1), stream(1));
    EXPECT_NE(stream(1), stream(2));
}

// Beyond 2^24 the source address repeats, and the destination tells flows apart.
TEST(FlowNumbers, GiveADifferentTupleEach) {
    std::set<std::tuple<uint32_t, uint32_t>> seen;
    for (uint64_t high = 0; high < 256; high++)
        for (const uint64_t low : {0ull, 1ull, 0xffffffull}) {
            const FlowTuple tuple = tuple_of(high << 24 | low, false, 1);
            EXPECT_EQ(tuple.src >> 24, 10u);
            EXPECT_EQ(tuple.dst >> 20, 0xac1u);
            EXPECT_GE(tuple.src_port, 32768);
            seen.insert({tuple.src, tuple.dst});
        }
    EXPECT_EQ(seen.size(), 768u);
}

TEST(FrameMix, RefusesWhatIsNoSize) {
    for (const char* text : {"63", "1519", "", "64x", "IMIX", "-1"})
        EXPECT_FALSE(parse_frame_mix(text)) << text;
    EXPECT_FALSE(parse_payload("noise"));
}

}  // namespace
}  // namespace baleen::gen
