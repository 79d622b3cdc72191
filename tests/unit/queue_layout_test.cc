// Which worker polls which queue, and the sentence that says why.
#include "dataplane/queue_layout.h"

#include <gtest/gtest.h>

#include <vector>

namespace baleen::dataplane {
namespace {

using drivers::QueueSteering;

QueueSteering rss(uint8_t key_byte) {
    return {QueueSteering::Function::toeplitz, 1, std::vector<uint8_t>(40, key_byte), {0, 1}};
}

TEST(QueueLayout, GivesWorkersTheirOwnQueuesOfAllPortsThatSteerAlike) {
    const QueueSteering a = rss(1), b = rss(1);
    const std::vector<PortQueues> ports = {{"tap0", 2, &a, ""}, {"tap1", 2, &b, ""}};
    const QueueLayout layout = lay_out_queues(ports, 2);
    EXPECT_TRUE(layout.own_queues);
    EXPECT_NE(layout.notice.find("each of 2 workers polls its own queue of each port"),
              std::string::npos);
}

TEST(QueueLayout, PutsADistributorBehindPortsThatSteerDifferently) {
    const QueueSteering a = rss(1), other_key = rss(2), unknown;
    QueueSteering other_table = rss(1);
    other_table.table = {1, 0};
    QueueSteering other_types = rss(1);
    other_types.types = 2;
    const std::vector<const QueueSteering*> others = {&other_key, &other_table, &other_types};
    for (const QueueSteering* b : others) {
        const std::vector<PortQueues> ports = {{"tap0", 2, &a, ""}, {"tap1", 2, b, ""}};
        const QueueLayout layout = lay_out_queues(ports, 2);
        EXPECT_FALSE(layout.own_queues);
        EXPECT_EQ(
            layout.notice,
            "a distributor thread spreads packets over 2 workers, because of tap1: it spreads "
            "packets differently from tap0");
    }
    const std::vector<PortQueues> mixed = {{"tap0", 2, &a, ""},
                                           {"tap1", 1, &unknown, "it has no RSS"}};
    EXPECT_EQ(
        lay_out_queues(mixed, 2).notice,
        "a distributor thread spreads packets over 2 workers, because of tap1: it has no RSS");
}

TEST(QueueLayout, WantsAsManyQueuesAsWorkers) {
    const QueueSteering a = rss(1);
    const std::vector<PortQueues> ports = {{"eth0", 2, &a, ""}};
    EXPECT_FALSE(lay_out_queues(ports, 3).own_queues);
    EXPECT_EQ(lay_out_queues(ports, 1).notice, "") << "one worker needs no words";
}

}  // namespace
}  // namespace baleen::dataplane
