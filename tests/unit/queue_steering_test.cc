// Which queue a packet should come to, and the proof that both directions share it.
#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <array>
#include <numeric>

#include "drivers/ethdev/queue_steering.h"
#include "drivers/ethdev/rss.h"
#include "tests/unit/random.h"

namespace baleen::drivers {
namespace {

constexpr uint64_t ip_types = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6;
constexpr uint64_t port_types = ip_types | RTE_ETH_RSS_NONFRAG_IPV4_TCP |
                                RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_TCP |
                                RTE_ETH_RSS_NONFRAG_IPV6_UDP;

QueueSteering steering_of(std::vector<uint8_t> key, uint64_t types, uint16_t queues,
                          size_t entries = 128) {
    QueueSteering steering{QueueSteering::Function::toeplitz, types, std::move(key), {}};
    for (size_t i = 0; i < entries; i++)
        steering.table.push_back(static_cast<uint16_t>(i % queues));
    return steering;
}

// Ethernet, a VLAN tag if wanted, IPv4 and two ports.
std::vector<uint8_t> frame(std::array<uint8_t, 4> src, std::array<uint8_t, 4> dst, uint8_t protocol,
                           std::array<uint8_t, 4> ports, bool vlan = false, uint8_t fragment = 0) {
    std::vector<uint8_t> bytes;
    bytes.reserve(64);
    bytes.resize(12);
    for (const uint8_t byte : std::to_array<uint8_t>({0x81, 0x00, 0x00, 0x07}))
        if (vlan) bytes.push_back(byte);
    const auto ip =
        std::to_array<uint8_t>({0x08, 0x00, 0x45, 0, 0, 28, 0, 1, fragment, 0, 64, protocol, 0, 0});
    bytes.insert(bytes.end(), ip.begin(), ip.end());
    for (const auto& part : {src, dst, ports}) bytes.insert(bytes.end(), part.begin(), part.end());
    bytes.resize(64);
    return bytes;
}

// Microsoft, "Verifying the RSS hash calculation": the key, and its first vector.
TEST(Toeplitz, IsTheOneOfTheSpecification) {
    const std::vector<uint8_t> key = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                      0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                      0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                      0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
    // 66.9.149.187:2794 to 161.142.100.80:1766
    const auto bytes = frame({66, 9, 149, 187}, {161, 142, 100, 80}, 6, {0x0a, 0xea, 0x06, 0xe6});
    const auto size = static_cast<uint32_t>(bytes.size());
    EXPECT_EQ(toeplitz_hash(hash_input(bytes.data(), size, ip_types), key), 0x323e8fc2u);
    EXPECT_EQ(toeplitz_hash(hash_input(bytes.data(), size, port_types), key), 0x51ccc178u);
}

TEST(HashInput, TakesPortsOnlyOfWholePacketsThatAreHashedByThem) {
    const auto words = [](const std::vector<uint8_t>& bytes, uint64_t types) {
        return hash_input(bytes.data(), static_cast<uint32_t>(bytes.size()), types).count;
    };
    EXPECT_EQ(words(frame({1, 2, 3, 4}, {5, 6, 7, 8}, 17, {1, 2, 3, 4}), port_types), 3u);
    EXPECT_EQ(words(frame({1, 2, 3, 4}, {5, 6, 7, 8}, 17, {1, 2, 3, 4}), ip_types), 2u);
    EXPECT_EQ(words(frame({1, 2, 3, 4}, {5, 6, 7, 8}, 17, {1, 2, 3, 4}, true), port_types), 3u);
    EXPECT_EQ(words(frame({1, 2, 3, 4}, {5, 6, 7, 8}, 17, {1, 2, 3, 4}, false, 0x20), port_types),
              2u);
    EXPECT_EQ(words(frame({1, 2, 3, 4}, {5, 6, 7, 8}, 1, {1, 2, 3, 4}), port_types), 2u);
}

TEST(HashInput, SaysNothingOfPacketsThatThePortDoesNotHash) {
    const auto ping = frame({1, 2, 3, 4}, {5, 6, 7, 8}, 1, {});
    const auto tcp = frame({1, 2, 3, 4}, {5, 6, 7, 8}, 6, {1, 2, 3, 4});
    const uint64_t ports_only = RTE_ETH_RSS_NONFRAG_IPV4_TCP;
    EXPECT_EQ(hash_input(ping.data(), 64, ports_only).count, 0u);
    EXPECT_EQ(hash_input(tcp.data(), 64, ports_only).count, 3u);
}

TEST(HashInput, ReadsNothingBeyondTheFrame) {
    const auto whole = frame({1, 2, 3, 4}, {5, 6, 7, 8}, 17, {1, 2, 3, 4}, true);
    for (size_t size = 0; size <= whole.size(); size++) {
        const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));
        const HashInput input = hash_input(cut.data(), static_cast<uint32_t>(size), port_types);
        EXPECT_LE(input.count, 3u);
        EXPECT_EQ(size < 38 ? input.count : 0u, 0u) << size;
    }
}

TEST(QueueSteering, SendsBothDirectionsToOneQueue) {
    test::Random random;
    QueueSteering fanout{QueueSteering::Function::fanout, ip_types, {}, {0, 1, 2, 3}};
    const QueueSteering rss = steering_of(symmetric_key(40), port_types, 4);
    std::array<uint32_t, 4> by_rss{}, by_fanout{};
    for (int i = 0; i < 4000; i++) {
        std::array<uint8_t, 4> a, b, ports;
        for (auto* part : {&a, &b, &ports})
            for (uint8_t& byte : *part) byte = static_cast<uint8_t>(random.next());
        const std::array<uint8_t, 4> swapped = {ports[2], ports[3], ports[0], ports[1]};
        const auto there = frame(a, b, 6, ports), back = frame(b, a, 6, swapped);
        ASSERT_EQ(rss.queue_of(there.data(), 64), rss.queue_of(back.data(), 64));
        ASSERT_EQ(fanout.queue_of(there.data(), 64), fanout.queue_of(back.data(), 64));
        by_rss[rss.queue_of(there.data(), 64)]++;
        by_fanout[fanout.queue_of(there.data(), 64)]++;
    }
    for (int queue = 0; queue < 4; queue++) {
        EXPECT_NEAR(by_rss[static_cast<size_t>(queue)], 1000, 200);
        EXPECT_NEAR(by_fanout[static_cast<size_t>(queue)], 1000, 200);
    }
}

TEST(QueueSteering, SaysNothingOfWhatIsNotIp) {
    const QueueSteering rss = steering_of(symmetric_key(40), ip_types, 4);
    auto arp = frame({1, 2, 3, 4}, {5, 6, 7, 8}, 6, {});
    arp[13] = 0x06;
    EXPECT_EQ(rss.queue_of(arp.data(), 64), QueueSteering::queue_unknown);
    EXPECT_EQ(QueueSteering{}.queue_of(arp.data(), 64), QueueSteering::queue_unknown);
}

TEST(ProveSteering, HoldsForTheSymmetricKeyOfAnyLength) {
    for (const size_t bytes : {40u, 52u})
        for (const uint16_t queues : std::to_array<uint16_t>({2, 3, 8, 16}))
            for (const uint64_t types : {ip_types, port_types}) {
                const auto steering = steering_of(symmetric_key(bytes), types, queues);
                const auto proven = prove_steering(steering, types, queues);
                EXPECT_TRUE(proven) << queues << ": " << proven.error().message;
            }
}

TEST(ProveSteering, FailsForAKeyThatTellsTheDirectionsApart) {
    auto key = symmetric_key(40);
    key[5] ^= 1;
    const auto proven = prove_steering(steering_of(key, ip_types, 4), ip_types, 4);
    ASSERT_FALSE(proven);
    EXPECT_NE(proven.error().message.find("directions"), std::string::npos);
}

TEST(ProveSteering, FailsForAPortThatDoesOtherwiseThanItWasTold) {
    const auto key = symmetric_key(40);
    EXPECT_FALSE(prove_steering(steering_of(key, port_types, 4), ip_types, 4)) << "hashes ports";
    EXPECT_FALSE(prove_steering(steering_of(key, RTE_ETH_RSS_IPV4, 4), ip_types, 4)) << "no IPv6";
    EXPECT_FALSE(prove_steering(steering_of(key, ip_types, 1), ip_types, 4)) << "all to queue 0";
    EXPECT_FALSE(prove_steering(steering_of(key, ip_types, 8), ip_types, 4)) << "no such queue";
    EXPECT_FALSE(prove_steering(steering_of(key, ip_types, 4, 0), ip_types, 4)) << "no table";
    EXPECT_FALSE(prove_steering(steering_of(symmetric_key(16), ip_types, 4), ip_types, 4));
}

TEST(RssTypes, AsksForAddressesAloneUnlessToldOtherwise) {
    std::string reason;
    EXPECT_EQ(rss_types("net_ixgbe", "ip", port_types, reason), ip_types);
    EXPECT_EQ(rss_types("net_ixgbe", "ports", port_types, reason), port_types);
    EXPECT_EQ(reason, "");
    EXPECT_EQ(rss_types("net_ixgbe", "off", port_types, reason), 0u);
    EXPECT_EQ(reason, "ethdev.rss is off");
    EXPECT_EQ(rss_types("net_memif", "ip", 0, reason), 0u);
    EXPECT_EQ(reason, "it has no RSS");
    EXPECT_EQ(rss_types("net_i40e", "ip", port_types, reason), 0u);
    EXPECT_NE(reason.find("ports"), std::string::npos);
}

}  // namespace
}  // namespace baleen::drivers
