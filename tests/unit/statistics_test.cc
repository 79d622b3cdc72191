// The ledger drawn up from a statistics segment that another process writes.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "base/ledger.h"
#include "dataplane/counters.h"

namespace baleen::base {
namespace {

using stats::Counter;

TEST(AddStatistics, AddsAllWorkersTheDistributorAndAllPorts) {
    const auto segment = std::make_unique<stats::Segment>();
    uint64_t expected_counters = 0, expected_flows = 0;
    for (uint32_t i = 0; i < segment->workers.size(); i++) {
        stats::WorkerStats& worker = segment->workers[i];
        for (uint32_t at = 0; at < stats::counter_count; at++)
            worker.counters[at] = 1000 * uint64_t{i} + at;
        worker.flows_active = i + 1;
        expected_counters += 1000 * uint64_t{i};
        expected_flows += i + 1;
    }
    const uint64_t workers = segment->workers.size();
    for (uint32_t i = 0; i < segment->ports.size(); i++) {
        segment->ports[i].wire_packets = 100 + i;
        segment->ports[i].nic_missed_packets = 10;
        segment->ports[i].no_mbuf_packets = 1;
    }
    const uint64_t ports = segment->ports.size();

    Ledger ledger;
    add_statistics(*segment, ledger);
    for (uint32_t at = 0; at < stats::counter_count; at++)
        EXPECT_EQ(ledger.counters[at], expected_counters + workers * at) << at;
    EXPECT_EQ(ledger.flows_active, expected_flows);
    EXPECT_EQ(ledger.wire, 100 * ports + ports * (ports - 1) / 2);
    EXPECT_EQ(ledger.nic_missed, 10 * ports);
    EXPECT_EQ(ledger.no_mbuf, ports);
    EXPECT_EQ(ledger.records_consumed, 0u) << "rings are the caller's to add";

    const uint64_t once = ledger.wire;
    add_statistics(*segment, ledger);
    EXPECT_EQ(ledger.wire, 2 * once) << "a second segment adds to the first";
    EXPECT_EQ(ledger.flows_active, 2 * expected_flows);
}

// The counts in its header are another process's to overwrite.
TEST(AddStatistics, DoesNotBelieveTheHeaderOfTheSegment) {
    const auto segment = std::make_unique<stats::Segment>();
    segment->header.worker_count = segment->header.port_count = UINT32_MAX;
    segment->header.counter_count = 0;
    segment->workers[0].counters[0] = 5;
    Ledger ledger;
    add_statistics(*segment, ledger);
    EXPECT_EQ(ledger.counters[0], 5u);
}

TEST(AddStatistics, ReadsTheBlockOfAWriterThatDiedInsideTheLock) {
    const auto segment = std::make_unique<stats::Segment>();
    segment->workers[2].sequence = 7;
    segment->workers[2].counters[0] = 5;
    Ledger ledger;
    add_statistics(*segment, ledger);
    EXPECT_EQ(ledger.counters[0], 5u);
    EXPECT_EQ(ledger.threads_in_update, 1u);
}

TEST(AddStatistics, SeesTheCountersOfOneInstantWhileAWorkerPublishes) {
    const auto segment = std::make_unique<stats::Segment>();
    std::atomic<bool> stop = false;
    std::thread worker([&] {
        dataplane::Counters counters;
        while (!stop.load(std::memory_order_relaxed)) {
            // A burst, so that many reads meet a change; then the other thread may have the core.
            for (int i = 0; i < 500; i++) {
                counters[Counter::received_packets] += 2;
                counters[Counter::counted_flow]++;
                counters[Counter::shed_flow_table_full]++;
                counters.publish(segment->workers[0], 0, 0);
                for (int pause = 0; pause < 500; pause++)
                    std::atomic_signal_fence(std::memory_order_seq_cst);
            }
            std::this_thread::yield();
        }
    });
    uint64_t reads = 0, distinct = 0, torn = 0, before = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (distinct < 4'000 && std::chrono::steady_clock::now() < end) {
        Ledger ledger;
        add_statistics(*segment, ledger);
        if (++reads % 500 == 0) std::this_thread::yield();
        // The kernel has stopped the worker inside the lock, and the reader knows it.
        if (ledger.threads_in_update != 0) continue;
        const uint64_t now = ledger.counter(Counter::received_packets);
        distinct += now != before ? 1 : 0;
        before = now;
        torn += ledger.imbalances(false).empty() ? 0 : 1;
    }
    stop = true;
    worker.join();
    if (distinct < 400) GTEST_SKIP() << "too busy a machine: the two threads hardly met";
    EXPECT_EQ(torn, 0u) << "of " << distinct;  // without the lock 1 to 5 in a hundred
    RecordProperty("distinct", std::to_string(distinct));
    RecordProperty("torn", std::to_string(torn));
}

}  // namespace
}  // namespace baleen::base
