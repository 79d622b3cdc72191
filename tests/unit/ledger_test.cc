#include "base/ledger.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/random.h"

namespace baleen::base {
namespace {

using stats::Counter;

uint64_t& counter(Ledger& ledger, Counter which) {
    return ledger.counters[static_cast<uint32_t>(which)];
}

// 100 packets on the wire, one of each fate; 7 records, one of each fate.
Ledger balanced_ledger() {
    Ledger ledger;
    ledger.wire = 100;
    ledger.nic_missed = 3;
    ledger.no_mbuf = 2;
    ledger.shunted = 1;
    counter(ledger, Counter::received_packets) = 94;
    counter(ledger, Counter::counted_flow) = 79;
    counter(ledger, Counter::not_ip_arp) = 5;
    counter(ledger, Counter::malformed_ip_version) = 4;
    counter(ledger, Counter::filtered_capture_filter) = 3;
    counter(ledger, Counter::shed_worker_busy) = 2;
    counter(ledger, Counter::shed_flow_table_full) = 1;
    counter(ledger, Counter::records_packets) = 79;
    counter(ledger, Counter::records_made) = 7;
    ledger.records_consumed = 3;
    ledger.records_in_rings = 2;
    counter(ledger, Counter::records_dropped_ring_full) = 1;
    counter(ledger, Counter::records_dropped_store_failed) = 1;
    return ledger;
}

TEST(Ledger, BalancesWhenEmpty) {
    EXPECT_TRUE(Ledger{}.imbalances(false).empty());
    EXPECT_TRUE(Ledger{}.imbalances(true).empty());
}

TEST(Ledger, BalancesWhenEveryPacketAndRecordIsAccountedFor) {
    EXPECT_TRUE(balanced_ledger().imbalances(false).empty());
    EXPECT_TRUE(balanced_ledger().imbalances(true).empty());
}

TEST(Ledger, AddsUpTheCausesOfATerm) {
    Ledger ledger;
    counter(ledger, Counter::shed_worker_busy) = 3;
    counter(ledger, Counter::shed_flow_table_full) = 4;
    counter(ledger, Counter::malformed_vlan_depth) = 50;
    EXPECT_EQ(ledger.term("shed"), 7u);
    EXPECT_EQ(ledger.term("malformed"), 50u);
    EXPECT_EQ(ledger.term("not_ip"), 0u);
    EXPECT_EQ(ledger.term("no such term"), 0u);
    EXPECT_EQ(ledger.term(""), 0u);
}

// One packet too many in any cause of these terms must show, or a new cause could be forgotten.
TEST(Ledger, NamesTheEquationOfReceivedPacketsForEveryCauseInIt) {
    const std::set<std::string_view> terms = {"counted", "not_ip", "malformed", "filtered", "shed"};
    for (uint32_t i = 0; i < stats::counter_count; i++) {
        const auto& info = counter_infos[i];
        Ledger ledger = balanced_ledger();
        ledger.counters[i]++;
        const auto problems = ledger.imbalances(false);
        if (terms.contains(info.term)) {
            ASSERT_EQ(problems.size(), 1u) << info.term << '.' << info.cause;
            EXPECT_EQ(problems[0],
                      "received = counted + not_ip + malformed + filtered + shed: 94 against 95");
        } else if (i != static_cast<uint32_t>(Counter::received_packets)) {
            EXPECT_TRUE(problems.empty()) << info.term << '.' << info.cause;
        }
    }
}

TEST(Ledger, NamesTheEquationOfTheWire) {
    for (uint64_t Ledger::*field :
         {&Ledger::wire, &Ledger::nic_missed, &Ledger::no_mbuf, &Ledger::shunted}) {
        Ledger ledger = balanced_ledger();
        ledger.*field += 1;
        const auto problems = ledger.imbalances(true);
        ASSERT_EQ(problems.size(), 1u);
        EXPECT_TRUE(problems[0].starts_with("wire = nic_missed + no_mbuf + shunted + received: "))
            << problems[0];
        EXPECT_TRUE(ledger.imbalances(false).empty()) << "counters of a NIC lag behind in a run";
    }
}

TEST(Ledger, NamesTheEquationOfPacketsInRecords) {
    Ledger ledger = balanced_ledger();
    counter(ledger, Counter::records_packets) = 78;
    ASSERT_EQ(ledger.imbalances(true).size(), 1u);
    EXPECT_EQ(ledger.imbalances(true)[0], "packets over all records = counted: 78 against 79");
    EXPECT_TRUE(ledger.imbalances(false).empty()) << "open flows are not yet told";
}

TEST(Ledger, NamesTheEquationOfRecords) {
    for (int broken = 0; broken < 5; broken++) {
        Ledger ledger = balanced_ledger();
        if (broken == 0) counter(ledger, Counter::records_made)++;
        if (broken == 1) ledger.records_consumed++;
        if (broken == 2) ledger.records_in_rings++;
        if (broken == 3) counter(ledger, Counter::records_dropped_ring_full)++;
        if (broken == 4) counter(ledger, Counter::records_dropped_store_failed)++;
        const auto problems = ledger.imbalances(true);
        ASSERT_EQ(problems.size(), 1u) << broken;
        EXPECT_EQ(
            problems[0],
            "records_made + events_made = records_consumed + records_dropped + events_dropped: " +
                std::string(broken == 0 ? "8 against 7" : "7 against 8"));
        EXPECT_TRUE(ledger.imbalances(false).empty());
    }
}

TEST(Ledger, NamesAllBrokenEquationsAtOnce) {
    Ledger ledger = balanced_ledger();
    counter(ledger, Counter::received_packets)++;
    counter(ledger, Counter::records_packets)++;
    counter(ledger, Counter::records_made)++;
    EXPECT_EQ(ledger.imbalances(true).size(), 4u);
}

// nlohmann keeps the last of two equal keys; here they are counted.
nlohmann::json parse_without_duplicates(const std::string& text) {
    std::vector<std::set<std::string>> open;
    return nlohmann::json::parse(text, [&](int, nlohmann::json::parse_event_t event, auto& parsed) {
        using Event = nlohmann::json::parse_event_t;
        if (event == Event::object_start) open.emplace_back();
        if (event == Event::object_end) open.pop_back();
        if (event == Event::key) {
            const bool is_new = open.back().insert(parsed.template get<std::string>()).second;
            EXPECT_TRUE(is_new) << parsed;
        }
        return true;
    });
}

TEST(LedgerJson, SaysEveryNumberOnce) {
    test::Random random;
    for (int i = 0; i < 200; i++) {
        Ledger ledger;
        ledger.wire = random.of_bits(64);
        ledger.nic_missed = random.of_bits(64);
        ledger.no_mbuf = random.of_bits(64);
        ledger.shunted = random.of_bits(64);
        ledger.shunts = {{"10.0.0.0/8", random.of_bits(64), random.of_bits(64)}, {"::/0", 1, 2}};
        ledger.flows_active = random.of_bits(64);
        ledger.records_consumed = random.of_bits(64);
        ledger.records_in_rings = random.of_bits(64);
        for (uint64_t& value : ledger.counters) value = random.of_bits(64);
        const bool ended = random.one_in(2);
        const auto json = parse_without_duplicates(ledger.to_json(ended));

        const auto problems = ledger.imbalances(ended);
        EXPECT_EQ(json.at("balanced"), problems.empty());
        EXPECT_EQ(json.at("imbalances"), nlohmann::json(problems));
        EXPECT_EQ(json.at("wire"), ledger.wire);
        EXPECT_EQ(json.at("nic_missed"), ledger.nic_missed);
        EXPECT_EQ(json.at("no_mbuf"), ledger.no_mbuf);
        EXPECT_EQ(json.at("shunted"), ledger.shunted);
        EXPECT_EQ(json.at("shunts")[0].at("entry"), "10.0.0.0/8");
        EXPECT_EQ(json.at("shunts")[0].at("packets"), ledger.shunts[0].packets);
        EXPECT_EQ(json.at("shunts")[1].at("bytes"), 2);
        EXPECT_EQ(json.at("received"), ledger.counter(Counter::received_packets));
        EXPECT_EQ(json.at("received_bytes"), ledger.counter(Counter::received_bytes));
        for (const auto name : {"counted", "not_ip", "malformed", "filtered", "shed"})
            EXPECT_EQ(json.at(name), ledger.term(name)) << name;
        EXPECT_EQ(json.at("flows"), ledger.counter(Counter::flows_created));
        EXPECT_EQ(json.at("flows_active"), ledger.flows_active);
        EXPECT_EQ(json.at("records_made"), ledger.counter(Counter::records_made));
        EXPECT_EQ(json.at("records_consumed"), ledger.records_consumed);
        EXPECT_EQ(json.at("records_in_rings"), ledger.records_in_rings);
        EXPECT_EQ(json.at("records_dropped"), ledger.term("records_dropped"));

        size_t causes = 0;
        for (const auto& [term, inner] : json.at("causes").items()) causes += inner.size();
        ASSERT_EQ(causes, stats::counter_count);
        for (uint32_t at = 0; at < stats::counter_count; at++) {
            const auto& info = counter_infos[at];
            EXPECT_EQ(json.at("causes").at(info.term).at(info.cause), ledger.counters[at]);
        }
    }
}

TEST(LedgerJson, SaysThatABalancedLedgerIs) {
    const auto json = parse_without_duplicates(balanced_ledger().to_json(true));
    EXPECT_EQ(json.at("balanced"), true);
    EXPECT_EQ(json.at("imbalances"), nlohmann::json::array());
}

TEST(CounterInfos, NameEachCounterOnceWithUnitAndDescription) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const CounterInfo& info : counter_infos) {
        EXPECT_TRUE(seen.insert({info.term, info.cause}).second) << info.term << '.' << info.cause;
        EXPECT_FALSE(info.unit.empty()) << info.term << '.' << info.cause;
        EXPECT_FALSE(info.description.empty()) << info.term << '.' << info.cause;
        EXPECT_FALSE(info.description.ends_with('.')) << info.description;
    }
    const auto& info = counter_infos[static_cast<uint32_t>(Counter::malformed_vlan_depth)];
    EXPECT_EQ(info.term, "malformed");
    EXPECT_EQ(info.cause, "vlan_depth");
    EXPECT_EQ(info.unit, "packets");
}

}  // namespace
}  // namespace baleen::base
