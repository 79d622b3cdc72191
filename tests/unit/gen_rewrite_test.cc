// Captured frames moved to other networks stay right, and each in its flow.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <set>

#include "drivers/gen/address_rewrite.h"
#include "drivers/gen/capture_frames.h"
#include "packet/ip.h"
#include "record/names.h"
#include "tests/support/packet_builder.h"
#include "tests/unit/gen_parse.h"

namespace baleen::gen {
namespace {

using test::judge;
using test::PacketBuilder;
using Bytes = PacketBuilder::Bytes;

constexpr const char* sample = BALEEN_SOURCE_ROOT "/tests/captures/sample.pcap";

Bytes moved(Bytes frame, std::string_view prefix) {
    rewrite(frame.data(), find_addresses(frame), *parse_prefix(prefix));
    return frame;
}

PacketBuilder v4() { return PacketBuilder().ethernet().ipv4("192.0.2.1", "198.51.100.2"); }
PacketBuilder v6() { return PacketBuilder().ethernet().ipv6("2001:db8::1", "2001:db8::2"); }

std::string src_of(const Bytes& frame) {
    const auto key = judge(frame).key;
    return record::format_address(key.src.data(), key.ip_version);
}

TEST(Rewrite, MovesBothHostsAndKeepsChecksumsRight) {
    const Bytes frames[] = {
        v4().tcp(1, 2, packet::tcp::ack).payload(7).take(),
        v4().udp(1, 2).payload(8).take(),
        v4().icmp(8, 0).payload(9).take(),
        PacketBuilder().ethernet().vlan(5).ipv4("192.0.2.1", "198.51.100.2").udp(1, 2).take(),
    };
    for (const Bytes& frame : frames) {
        const Bytes now = moved(frame, "10.128.0.0/9");
        EXPECT_EQ(src_of(now), "10.128.2.1") << "192 = 1 1000000, of which the first bit goes";
        EXPECT_EQ(judge(now).wrong_checksums, 0u);
        EXPECT_NE(now, frame);
    }
}

TEST(Rewrite, MovesIpv6WithItsExtensionHeaders) {
    const Bytes frames[] = {
        v6().tcp(1, 2, packet::tcp::ack).payload(7).take(),
        v6().udp(1, 2).payload(8).take(),
        v6().icmpv6(128, 0).payload(9).take(),
        v6().extension(packet::protocol::hop_by_hop, 1).udp(1, 2).payload(8).take(),
    };
    for (const Bytes& frame : frames) {
        const Bytes now = moved(frame, "fd00:7::/32");
        EXPECT_EQ(src_of(now), "fd00:7::1");
        EXPECT_EQ(judge(now).wrong_checksums, 0u);
    }
}

TEST(Rewrite, LeavesOtherVersionsMulticastAndWhatIsNotIpAlone) {
    const Bytes udp = v4().udp(1, 2).payload(8).take();
    EXPECT_EQ(moved(udp, "fd00::/16"), udp);
    const Bytes arp = PacketBuilder().ethernet().ether_type(0x0806).payload(46).take();
    EXPECT_EQ(moved(arp, "10.0.0.0/8"), arp);
    const Bytes group =
        PacketBuilder().ethernet().ipv4("192.0.2.1", "224.0.0.251").udp(1, 2).payload(3).take();
    const auto judged = judge(moved(group, "10.0.0.0/8"));
    EXPECT_EQ(record::format_address(judged.key.dst.data(), 4), "224.0.0.251");
    EXPECT_EQ(judged.wrong_checksums, 0u);
}

TEST(Rewrite, LeavesAUdpChecksumOfNoneAtNone) {
    Bytes frame = v4().udp(1, 2).payload(8).take();
    frame[40] = frame[41] = 0;
    const Bytes now = moved(frame, "10.0.0.0/8");
    EXPECT_EQ(now[40] | now[41], 0);
    EXPECT_EQ(judge(now).wrong_checksums, 0u);
}

TEST(Rewrite, ReadsNoByteBehindACutFrame) {
    const Bytes whole[] = {v4().tcp(1, 2, packet::tcp::ack).payload(7).take(),
                           v6().extension(packet::protocol::hop_by_hop, 1).udp(1, 2).take()};
    for (const Bytes& frame : whole)
        for (size_t length = 0; length <= frame.size(); length++) {
            // Of its own size, so that a sanitizer sees what lies behind it.
            std::vector<uint8_t> cut(frame.begin(), frame.begin() + length);
            cut.shrink_to_fit();
            const auto places = find_addresses(cut);
            rewrite(cut.data(), places, *parse_prefix("10.0.0.0/8"));
            rewrite(cut.data(), places, *parse_prefix("fd00::/16"));
        }
}

TEST(Rewrite, RefusesWhatIsNoPrefix) {
    for (const char* text : {"10.0.0.0", "10.0.0.0/33", "fd00::/129", "x/8", "10.0.0.0/", "/8"})
        EXPECT_FALSE(parse_prefix(text)) << text;
}

// Keys of one pass over the sample.
std::multiset<std::string> pass(CaptureFrames& frames) {
    std::vector<uint8_t> room(frames.length_max());
    std::multiset<std::string> keys;
    for (uint64_t i = 0; i < frames.frame_count(); i++) {
        const auto judged = judge({room.data(), frames.next(room.data())});
        if (judged.verdict == packet::Verdict::counted_flow) keys.insert(judged.key_bytes());
    }
    return keys;
}

TEST(CaptureFrames, RepeatTheCaptureInAnotherNetworkEachPass) {
    CaptureFrames::Skipped skipped;
    auto loaded = CaptureFrames::load(
        {sample}, {*parse_prefix("10.0.0.0/8"), *parse_prefix("11.0.0.0/8")}, 65535, 1, skipped);
    ASSERT_TRUE(loaded) << loaded.error().message;
    CaptureFrames& frames = (*loaded)[0];
    const auto first = pass(frames), second = pass(frames), third = pass(frames);
    EXPECT_EQ(first.size(), second.size());
    EXPECT_NE(first, second);
    EXPECT_EQ(first, third) << "two prefixes, in turn";
    const auto distinct = [](const auto& keys) {
        return std::set(keys.begin(), keys.end()).size();
    };
    EXPECT_EQ(distinct(first), distinct(second));
}

TEST(CaptureFrames, OfSeveralQueuesAreTheWholeCaptureWithHostPairsTogether) {
    CaptureFrames::Skipped skipped;
    auto whole = CaptureFrames::load({sample}, {}, 65535, 1, skipped);
    auto parts = CaptureFrames::load({sample}, {}, 65535, 3, skipped);
    ASSERT_TRUE(whole && parts);
    std::multiset<std::string> together;
    std::map<std::set<std::string>, std::set<int>> queues_of_pair;
    for (int queue = 0; queue < 3; queue++)
        for (const auto& key : pass((*parts)[queue])) {
            together.insert(key);
            packet::FlowKey flow;
            std::memcpy(&flow, key.data(), sizeof flow);
            queues_of_pair[{std::string(flow.src.begin(), flow.src.end()),
                            std::string(flow.dst.begin(), flow.dst.end())}]
                .insert(queue);
        }
    EXPECT_EQ(together, pass((*whole)[0]));
    for (const auto& [pair, queues] : queues_of_pair) EXPECT_EQ(queues.size(), 1u);
}

TEST(CaptureFrames, LeaveOutWhatThePortDoesNotTakeAndCountIt) {
    CaptureFrames::Skipped all, some;
    auto loaded = CaptureFrames::load({sample}, {}, 65535, 1, all);
    auto shorter = CaptureFrames::load({sample}, {}, 200, 1, some);
    ASSERT_TRUE(loaded && shorter);
    EXPECT_EQ(all.too_long, 0u);
    EXPECT_GT(some.too_long, 0u);
    EXPECT_EQ((*shorter)[0].frame_count() + some.too_long, (*loaded)[0].frame_count());
    EXPECT_LE((*shorter)[0].length_max(), 200u);
    EXPECT_FALSE(CaptureFrames::load({"/nowhere.pcap"}, {}, 65535, 1, all));
}

}  // namespace
}  // namespace baleen::gen
