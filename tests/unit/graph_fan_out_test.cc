// Who is a scanner, and above all who is not.
#include "control/graph/fan_out.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/random.h"
#include "tests/unit/record_builder.h"

namespace baleen::graph {
namespace {

using record::ConnState;
using record::FlowRecord;
using test::second_ns;

std::string host(uint32_t number) { return fmt::format("10.1.{}.{}", number / 250, number % 250); }

FlowRecord tcp(const std::string& from, const std::string& to, uint16_t port, ConnState state,
               int64_t after_s = 0) {
    record::Tcp section{};
    section.conn_state = state;
    auto builder = test::RecordBuilder()
                       .from(from, 40000)
                       .to(to, port)
                       .starts(test::start_ns + after_s * second_ns)
                       .tcp_section(section);
    if (state == ConnState::s0) return builder.sent(1, 60);
    if (state == ConnState::rej) return builder.sent(1, 60).answered(1, 60);
    return builder.sent(10, 900).answered(10, 9000);
}

// Estimates are then the same in every run: one in five hundred seeds is a fifth off.
constexpr uint64_t seed = 42;

std::vector<Finding> findings(const std::vector<FlowRecord>& records,
                              const FanOutOptions& options = {.seed = seed}) {
    FanOut fan_out(options);
    for (const FlowRecord& record : records) fan_out.take(record);
    fan_out.commit();
    return fan_out.findings();
}

TEST(FanOut, FindsASweepOfOnePort) {
    std::vector<FlowRecord> records;
    for (uint32_t i = 0; i < 200; i++)
        records.push_back(
            tcp("10.0.0.1", host(i), 445, i % 10 == 0 ? ConnState::sf : ConnState::s0));
    const auto found = findings(records);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].kind, Finding::Kind::sweep);
    EXPECT_EQ(found[0].port, 445);
    EXPECT_EQ(found[0].source[15], 1);
    EXPECT_NEAR(static_cast<double>(found[0].distinct), 200, 40);
    EXPECT_EQ(found[0].flows, 200u);
    EXPECT_EQ(found[0].unanswered, 180u);
}

TEST(FanOut, FindsAScanOfManyPorts) {
    std::vector<FlowRecord> records;
    for (uint16_t port = 1; port <= 1000; port++)
        records.push_back(tcp("10.0.0.1", "10.0.0.2", port, ConnState::rej));
    const auto found = findings(records);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].kind, Finding::Kind::scan);
    EXPECT_EQ(found[0].target[15], 2);
    EXPECT_NEAR(static_cast<double>(found[0].distinct), 1000, 200);
}

TEST(FanOut, FindsWhoPingsThemAll) {
    std::vector<FlowRecord> records;
    for (uint32_t i = 0; i < 100; i++)
        records.push_back(test::RecordBuilder().from("10.0.0.1").to(host(i)).icmp(8, 0));
    ASSERT_EQ(findings(records).size(), 1u);
    EXPECT_EQ(findings(records)[0].protocol, 1);
}

// Each asks or is asked by very many, and none of them is a scanner.
TEST(FanOut, CallsNoBusyHostAScanner) {
    std::vector<FlowRecord> records;
    for (uint32_t i = 0; i < 3000; i++) {
        // A resolver: nine of ten are answered.
        auto query =
            test::RecordBuilder().udp().from("10.0.0.53", 30000).to(host(i), 53).sent(1, 80);
        if (i % 10 != 0) query.answered(1, 200);
        records.push_back(query);
        // A server, asked by clients whose port is different each time; some give up.
        auto asked = tcp(host(i), "10.0.0.80", 443, i % 5 == 0 ? ConnState::s0 : ConnState::sf);
        asked.initiator_port = static_cast<uint16_t>(i + 1024);
        records.push_back(asked);
        // A proxy that opens connections to everybody.
        records.push_back(tcp("10.0.0.8", host(i), 443, ConnState::sf));
        // A capture of one direction only: nothing is answered, but data flows.
        records.push_back(
            test::RecordBuilder().from("10.0.0.9", 1).to(host(i), 443).sent(50, 50000));
        // One who tries the same closed port again and again.
        records.push_back(tcp("10.0.0.7", "10.0.0.2", 25, ConnState::rej));
        // Somebody's parts of long flows.
        records.push_back(test::RecordBuilder().from("10.0.0.6", 1).to(host(i), 22).part(3));
    }
    EXPECT_TRUE(findings(records).empty());
}

TEST(FanOut, ForgetsWhatIsLongerAgoThanItsWindow) {
    const FanOutOptions options{.window_ns = 60 * second_ns, .seed = seed};
    std::vector<FlowRecord> records;
    for (uint32_t i = 0; i < 100; i++)
        records.push_back(tcp("10.0.0.1", host(i), 445, ConnState::s0, 10));
    records.push_back(tcp("10.0.0.2", "10.0.0.3", 80, ConnState::sf, 50));
    EXPECT_EQ(findings(records, options).size(), 1u) << "in the half before this one";
    records.push_back(tcp("10.0.0.2", "10.0.0.3", 80, ConnState::sf, 100));
    EXPECT_TRUE(findings(records, options).empty());
}

TEST(FanOut, AddsUpBothHalvesOfItsWindow) {
    const FanOutOptions options{.window_ns = 60 * second_ns, .seed = seed};
    std::vector<FlowRecord> records;
    for (uint32_t i = 0; i < 80; i++)
        records.push_back(tcp("10.0.0.1", host(i), 445, ConnState::s0, i < 40 ? 10 : 45));
    ASSERT_EQ(findings(records, options).size(), 1u);
    EXPECT_NEAR(static_cast<double>(findings(records, options)[0].distinct), 80, 16);
}

TEST(FanOut, KeepsTheScannerWhenItsMemoryIsUsedUp) {
    FanOut fan_out({.memory_bytes = 1 << 20, .seed = seed});
    for (uint32_t i = 0; i < 60'000; i++) {
        fan_out.take(
            tcp("10.0.0.1", fmt::format("10.{}.{}.7", i / 250, i % 250), 445, ConnState::s0));
        if (i % 1000 == 0) fan_out.commit();
    }
    fan_out.commit();
    EXPECT_LE(fan_out.memory_bytes(), 1u << 20);
    EXPECT_GT(fan_out.forgotten(), 10'000u);
    ASSERT_EQ(fan_out.findings().size(), 1u);
    EXPECT_NEAR(static_cast<double>(fan_out.findings()[0].distinct), 60'000, 12'000);
}

TEST(FanOut, RollsBackWhatWasNotCommitted) {
    FanOut fan_out({.sweep_hosts = 2});
    for (uint32_t i = 0; i < 5; i++) fan_out.take(tcp("10.0.0.1", host(i), 445, ConnState::s0));
    fan_out.roll_back();
    fan_out.commit();
    EXPECT_TRUE(fan_out.findings().empty());
}

TEST(Distinct, CountsExactlyThenWithinItsError) {
    test::Random random;
    for (const uint64_t different : {1, 63, 64, 65, 300, 3000, 100'000}) {
        Distinct all, odd, even;
        for (uint64_t i = 0; i < different; i++) {
            const auto hash = static_cast<uint32_t>(random.next());
            all.add(hash);
            all.add(hash);
            (i % 2 == 0 ? even : odd).add(hash);
        }
        const auto expected = static_cast<double>(different);
        if (different <= Distinct::exact_max) EXPECT_EQ(all.count(), different);
        else EXPECT_NEAR(static_cast<double>(all.count()), expected, 0.27 * expected);
        odd.merge(even);
        EXPECT_EQ(odd.count(), all.count()) << different;
    }
}

}  // namespace
}  // namespace baleen::graph
