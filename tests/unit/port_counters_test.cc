// A port's own counters in the terms of the ledger, and what drivers say of packets.
#include <gtest/gtest.h>

#include <memory>

#include "drivers/ethdev/port_counters.h"
#include "drivers/ethdev/rx_flags.h"

namespace baleen::drivers {
namespace {

constexpr PortReading reading = {.received = 1000,
                                 .received_bytes = 64000,
                                 .no_descriptor = 7,
                                 .phy_discard = 5,
                                 .error = 3,
                                 .no_mbuf = 2};

TEST(PublishReading, AddsTheCausesOfMissedPackets) {
    stats::PortStats stats{};
    publish_reading(reading, 1000, true, false, stats);
    EXPECT_EQ(stats.nic_missed_packets, 15u);
    EXPECT_EQ(stats.missed_no_descriptor, 7u);
    EXPECT_EQ(stats.missed_phy_discard, 5u);
    EXPECT_EQ(stats.missed_error, 3u);
    EXPECT_EQ(stats.no_mbuf_packets, 2u);
    EXPECT_EQ(stats.wire_packets, 1017u);
    EXPECT_EQ(stats.wire_bytes, 64000u);
}

TEST(PublishReading, LeavesOutAttemptsThatLostNoPacket) {
    stats::PortStats stats{};
    publish_reading(reading, 1000, false, false, stats);
    EXPECT_EQ(stats.no_mbuf_packets, 0u);
    EXPECT_EQ(stats.mbuf_failures, 2u);
    EXPECT_EQ(stats.wire_packets, 1015u);
    EXPECT_FALSE(no_mbuf_is_loss("mlx5_pci"));
    EXPECT_FALSE(no_mbuf_is_loss("net_virtio"));
    EXPECT_TRUE(no_mbuf_is_loss("net_pcap"));
}

TEST(PublishReading, NamesWhatWasLeftInTheQueuesAtTheEnd) {
    stats::PortStats stats{};
    publish_reading(reading, 990, false, false, stats);
    EXPECT_EQ(stats.missed_unpolled, 0u) << "still under way";
    publish_reading(reading, 990, false, true, stats);
    EXPECT_EQ(stats.missed_unpolled, 10u);
    EXPECT_EQ(stats.wire_packets, 990u + 10 + 15);
    EXPECT_EQ(stats.wire_packets, stats.nic_missed_packets + stats.no_mbuf_packets + 990);
}

TEST(PublishReading, KeepsOurCountWhereTheDriverForgetsIts) {
    stats::PortStats stats{};
    publish_reading(reading, 1000, false, false, stats);
    publish_reading(PortReading{}, 1000, false, true, stats);
    EXPECT_EQ(stats.wire_packets, 1000u);
    EXPECT_EQ(stats.wire_bytes, 64000u);
}

TEST(ChecksumsOf, TellsKnownAndBadOfEachLayer) {
    using namespace packet;
    EXPECT_EQ(checksums_of(0), 0);
    EXPECT_EQ(checksums_of(RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD),
              checksum_ip_known | checksum_l4_known);
    EXPECT_EQ(checksums_of(RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_GOOD),
              checksum_ip_known | checksum_ip_bad | checksum_l4_known);
    EXPECT_EQ(checksums_of(RTE_MBUF_F_RX_L4_CKSUM_BAD), checksum_l4_known | checksum_l4_bad);
    EXPECT_EQ(checksums_of(RTE_MBUF_F_RX_IP_CKSUM_NONE | RTE_MBUF_F_RX_L4_CKSUM_NONE),
              checksum_ip_known | checksum_l4_known)
        << "left undone, but sound";
}

}  // namespace
}  // namespace baleen::drivers
