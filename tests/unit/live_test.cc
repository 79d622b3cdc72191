// What is shown of a run while it goes on: rates between two looks, a sample of its flows.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/live/feed.h"
#include "control/live/samples.h"

namespace baleen::live {
namespace {

using stats::Counter;

uint64_t& counter(base::Ledger& ledger, Counter which) {
    return ledger.counters[static_cast<uint32_t>(which)];
}

TEST(Sample, IsWhatCameSinceTheLookBefore) {
    base::Ledger before, after;
    counter(before, Counter::received_packets) = 1000;
    counter(after, Counter::received_packets) = 1500;
    counter(after, Counter::received_bytes) = 4000;
    counter(after, Counter::shed_worker_busy) = 10;
    after.nic_missed = 3;
    after.flows_active = 7;
    before.ports = {{.name = "a", .wire = 10}};
    after.ports = {{.name = "a", .wire = 30}, {.name = "b", .wire = 4}};
    const Sample sample = sample_of(before, after, 2);
    EXPECT_EQ(sample.packets_per_s, 250);
    EXPECT_EQ(sample.bits_per_s, 16000);
    EXPECT_EQ(sample.shed_per_s, 5);
    EXPECT_EQ(sample.nic_missed_per_s, 1.5);
    EXPECT_EQ(sample.flows_active, 7u);
    EXPECT_EQ(sample.port_packets_per_s, (std::vector<double>{10, 2}));
}

TEST(Sample, OfCountersThatWentBackIsZero) {
    base::Ledger before, after;
    counter(before, Counter::received_packets) = 1000;
    EXPECT_EQ(sample_of(before, after, 1).packets_per_s, 0);
}

TEST(Sample, IsJson) {
    Sample sample;
    sample.time_ns = 5;
    sample.packets_per_s = 1e6;
    sample.port_packets_per_s = {1, 2.5};
    const auto json = nlohmann::json::parse(sample.to_json());
    EXPECT_EQ(json["time_ns"], 5);
    EXPECT_EQ(json["packets_per_s"], 1e6);
    EXPECT_EQ(json["port_packets_per_s"][1], 2.5);
    EXPECT_EQ(json["lost_per_s"]["shed"], 0);
}

class FeedTest : public testing::Test {
protected:
    std::vector<std::string> told_;
    Feed feed_{[this](std::string_view topic, std::string json) {
        EXPECT_EQ(topic, "flows");
        told_.push_back(std::move(json));
    }};
    record::FlowRecord record_{.protocol = 6, .ip_version = 4};
};

TEST_F(FeedTest, TellsNothingBeforeItIsCommitted) {
    feed_.take(record_);
    EXPECT_TRUE(told_.empty());
    feed_.commit();
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_EQ(nlohmann::json::parse(told_[0])["event_type"], "flow");
}

TEST_F(FeedTest, ForgetsWhatIsDeliveredAgain) {
    feed_.take(record_);
    feed_.roll_back();
    feed_.take(record_);
    feed_.commit();
    EXPECT_EQ(told_.size(), 1u);
}

TEST_F(FeedTest, TellsASampleOfMany) {
    feed_.commit();  // a second begins
    for (int i = 0; i < 1000; i++) {
        feed_.take(record_);
        feed_.commit();
    }
    EXPECT_GE(told_.size(), 1u);
    EXPECT_LE(told_.size(), 100u);  // the machine may have taken another second
}

}  // namespace
}  // namespace baleen::live
