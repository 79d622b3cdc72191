// Queues, buffers and frames of a port: computed, or refused with a sentence.
#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <bit>

#include "drivers/ethdev/queue_plan.h"
#include "drivers/ethdev/sizes.h"

namespace baleen::drivers {
namespace {

rte_eth_dev_info device(const char* driver, uint16_t queues) {
    rte_eth_dev_info info{};
    info.driver_name = driver;
    info.max_rx_queues = queues;
    info.hash_key_size = 40;
    info.flow_type_rss_offloads = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6;
    return info;
}

TEST(PoolSizes, HoldAllThatCanBeOutAtOnce) {
    config::Settings settings;
    for (const uint32_t workers : {1u, 2u, 16u})
        for (const uint32_t descriptors : {64u, 1024u, 32768u}) {
            settings.worker.count = workers;
            const auto sizes = pool_sizes(settings, workers, descriptors);
            ASSERT_TRUE(sizes);
            EXPECT_TRUE(std::has_single_bit(sizes->mbufs + 1)) << sizes->mbufs;
            EXPECT_GT(sizes->mbufs, workers * (descriptors + 64 + sizes->cache));
            EXPECT_LE(sizes->cache, uint32_t{RTE_MEMPOOL_CACHE_MAX_SIZE});
            EXPECT_LE(sizes->cache * 3 / 2, sizes->mbufs);
        }
}

TEST(PoolSizes, RefuseFewerBuffersThanTheDescriptorsHold) {
    config::Settings settings;
    settings.ethdev.mbufs = 2048;
    const auto refused = pool_sizes(settings, 2, 1024);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "ethdev.mbufs = 2048 is less than the 2176 that 2 queues of 1024 buffers and two "
              "bursts hold; raise it, or lower ethdev.rx_descriptors");
    const auto just_enough = pool_sizes(settings, 1, 1920);
    ASSERT_TRUE(just_enough);
    EXPECT_EQ(just_enough->cache, 0u) << "a cache would keep the last buffers from the queue";
}

TEST(PoolSizes, KnowWhatAfXdpHoldsWhateverItIsTold) {
    EXPECT_EQ(buffers_per_queue("net_ixgbe", 512), 512u);
    EXPECT_EQ(buffers_per_queue("net_af_xdp", 512), 4096u);
    EXPECT_EQ(buffers_per_queue("net_af_xdp0,iface=eth0", 8192), 8192u);
}

TEST(NeedsChains, WhenAFrameIsLargerThanABuffer) {
    config::Settings settings;
    EXPECT_FALSE(*needs_chains(settings, 68, 9600));
    settings.ethdev.mtu = 9000;
    EXPECT_TRUE(*needs_chains(settings, 68, 9600));
    settings.ethdev.mbuf_bytes = 9216;
    EXPECT_FALSE(*needs_chains(settings, 68, 9600));
    const auto refused = needs_chains(settings, 68, 1500);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "ethdev.mtu = 9000 is not possible: it takes 68 to 1500");
}

TEST(PlanQueues, GivesEachWorkerItsOwnWhereThePortHashes) {
    config::Settings settings;
    settings.worker.count = 4;
    const auto plan = plan_queues(device("net_ixgbe", 16), settings);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->count, 4);
    EXPECT_NE(plan->rss_types, 0u);
    EXPECT_EQ(plan->reason, "");
}

TEST(PlanQueues, TakesOneAndSaysWhyWhereItDoesNot) {
    config::Settings settings;
    settings.worker.count = 4;
    const auto reason = [&](rte_eth_dev_info info) {
        const auto plan = plan_queues(info, settings);
        EXPECT_TRUE(plan && plan->count == 1 && plan->rss_types == 0);
        return plan ? plan->reason : "";
    };
    EXPECT_EQ(reason(device("net_ixgbe", 2)), "it has 2 receive queues");
    auto without_rss = device("net_memif", 255);
    without_rss.flow_type_rss_offloads = 0;
    EXPECT_EQ(reason(without_rss), "it has no RSS");
    auto short_key = device("net_x", 16);
    short_key.hash_key_size = 16;
    EXPECT_EQ(reason(short_key), "its hash key has 16 bytes only");
    settings.ethdev.queues = 1;
    EXPECT_EQ(reason(device("net_ixgbe", 16)), "ethdev.queues is 1");
}

TEST(PlanQueues, RefusesMoreThanTheDeviceHas) {
    config::Settings settings;
    settings.ethdev.queues = 4;
    const auto refused = plan_queues(device("net_e1000_em", 1), settings);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "has 1 receive queue, fewer than ethdev.queues = 4");
}

TEST(PlanQueues, OpensAllQueuesThatGetPacketsAnyway) {
    config::Settings settings;
    const auto plan = plan_queues(device("net_af_xdp", 8), settings);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->count, 8);
    settings.ethdev.queues = 2;
    EXPECT_FALSE(plan_queues(device("net_af_packet", 8), settings));
}

}  // namespace
}  // namespace baleen::drivers
