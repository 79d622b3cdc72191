// The history of events, without a server.
#include "control/api/event_hub.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace baleen::api {
namespace {

TEST(EventHub, FramesEveryLineOfItsData) {
    EventHub hub;
    hub.publish("a.b", "1\n2\r3");
    const auto batch = hub.read(1, {});
    ASSERT_EQ(batch.frames.size(), 1u);
    EXPECT_EQ(*batch.frames[0],
              "event: a.b\ndata: 1\ndata: 2\ndata: 3\nid: " + hub.id_of(1) + "\n\n");
}

TEST(EventHub, KeepsWhatItsLimitsAllow) {
    EventHub hub({.events_max = 3, .bytes_max = 100'000});
    for (int i = 0; i < 10; i++) hub.publish("n", "1");
    const auto batch = hub.read(1, {});
    EXPECT_EQ(batch.frames.size(), 3u);
    EXPECT_EQ(batch.missed, 7u);
    EXPECT_EQ(batch.missed_last, 7u);
    EXPECT_EQ(batch.next, 11u);
    EXPECT_EQ(hub.read(8, {}).missed, 0u);
    EventHub small({.events_max = 1000, .bytes_max = 1000});
    for (int i = 0; i < 100; i++) small.publish("n", std::string(200, 'x'));
    EXPECT_EQ(small.read(1, {}).frames.size(), 4u);  // of some 230 bytes
    small.publish("n", std::string(2000, 'x'));
    EXPECT_EQ(small.refused(), 1u);
    EXPECT_EQ(small.published(), 100u);
}

TEST(EventHub, ReadsInBoundedBatchesAndEveryEventOnce) {
    EventHub hub;
    for (int i = 0; i < 4000; i++) hub.publish(i % 100 == 0 ? "rare" : "n", "1");
    uint64_t next = 1;
    size_t seen = 0;
    for (int rounds = 0; rounds < 1000; rounds++) {
        const auto batch = hub.read(next, {"rare"});
        seen += batch.frames.size();
        EXPECT_LE(batch.next - next, 1024u);
        next = batch.next;
        if (batch.is_all) break;
    }
    EXPECT_EQ(seen, 40u);
    EXPECT_EQ(next, 4001u);
}

TEST(EventHub, SendsAllClientsTheSameBytes) {
    EventHub hub;
    hub.publish("n", "1");
    EXPECT_EQ(hub.read(1, {}).frames[0].get(), hub.read(1, {"n"}).frames[0].get());
}

TEST(EventHub, KnowsItsOwnIdsOnly) {
    EventHub hub;
    for (int i = 0; i < 5; i++) hub.publish("n", "1");
    EXPECT_EQ(hub.position(""), 6u);
    EXPECT_EQ(hub.position(hub.id_of(2)), 3u);
    EXPECT_EQ(hub.position(hub.id_of(5)), 6u);
    const std::string run = hub.id_of(5).substr(0, hub.id_of(5).size() - 1);
    for (const std::string& id :
         {hub.id_of(6), std::string("x"), std::string("1-2"), run, run + "3x", run + "-3",
          run + "99999999999999999999", "0" + run.substr(1) + "3"})
        EXPECT_EQ(hub.position(id), 0u) << id;
    EXPECT_EQ(hub.read(0, {}).frames.size(), 5u);
    EXPECT_GE(hub.read(0, {}).missed, 1u);
}

TEST(EventHub, WakesOnceForABurst) {
    EventHub hub;
    std::atomic<int> woken{0};
    hub.set_wake([&] { woken++; });
    hub.publish("n", "1");
    EXPECT_EQ(woken, 0);  // nobody listens
    for (int burst = 1; burst <= 3; burst++) {
        hub.listen();
        std::vector<std::jthread> publishers;
        for (int t = 0; t < 4; t++)
            publishers.emplace_back([&] {
                for (int i = 0; i < 100; i++) hub.publish("n", "1");
            });
        publishers.clear();
        EXPECT_EQ(woken, burst);
    }
    hub.listen();
    hub.set_wake({});
    hub.publish("n", "1");
    EXPECT_EQ(woken, 3);
}

TEST(ParseTopics, TakesNamesOnly) {
    EventHub::Topics topics;
    EXPECT_TRUE(parse_topics("a,b_c.d-9", topics));
    EXPECT_EQ(topics, (EventHub::Topics{"a", "b_c.d-9"}));
    EXPECT_TRUE(parse_topics("", topics));
    for (const char* text : {"A", "a,", ",a", "a,,b", "a b", "a\nb"}) {
        EventHub::Topics none;
        EXPECT_FALSE(parse_topics(text, none)) << text;
    }
    std::string many = "a";
    for (int i = 0; i < 32; i++) many += ",a";
    EventHub::Topics all;
    EXPECT_FALSE(parse_topics(many, all));
}

}  // namespace
}  // namespace baleen::api
