// Questions while records come: they see what is committed, and the writer does not wait for them.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "control/store/query.h"
#include "control/store/series.h"
#include "control/store/top.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/store_reader.h"

namespace baleen::store {
namespace {

using test::RecordBuilder;
using Clock = std::chrono::steady_clock;

using test::second_ns;
constexpr uint64_t commits = 60;
constexpr uint64_t batch = 1000;

class StoreLive : public test::OwnStore {
protected:
    StoreLive() : OwnStore(20 * second_ns) {}

    // A second in a commit. Records per second, and the longest commit in seconds.
    std::pair<double, double> write(uint64_t from_s) {
        std::chrono::duration<double> longest{}, all{};
        for (uint64_t i = from_s; i < from_s + commits; i++) {
            const auto begin = Clock::now();
            for (uint64_t j = 0; j < batch; j++) {
                const record::FlowRecord record =
                    RecordBuilder()
                        .id(i * batch + j)
                        .from("10.0.0." + std::to_string(j % 250), 1000)
                        .starts(test::start_ns + static_cast<int64_t>(i) * second_ns)
                        .lasts(static_cast<int64_t>(j) * 1000);
                EXPECT_TRUE(store_->insert({run_id, 0, sequence_++}, record));
            }
            EXPECT_TRUE(store_->commit());
            store_->seal_idle();
            committed_ = (i + 1) * batch;
            const std::chrono::duration<double> took = Clock::now() - begin;
            longest = std::max(longest, took);
            all += took;
        }
        return {commits * batch / all.count(), longest.count()};
    }

    std::atomic<uint64_t> committed_ = 0;
    uint64_t sequence_ = 0;
};

TEST_F(StoreLive, AnswersWhileRecordsComeAndDoesNotHoldThemUp) {
    const auto [alone_per_s, alone_longest_s] = write(0);
    std::atomic<bool> done = false;
    uint64_t asked = 0;
    std::jthread asker([&] {
        for (; !done; asked++) {
            const uint64_t before = committed_;
            Scope all{.directory = directory(), .query = {}};
            const auto series = find_series(all, std::nullopt, Measure::flows, 10 * second_ns, 0);
            ASSERT_TRUE(series);
            ASSERT_TRUE(series->info.problems.empty()) << series->info.problems[0];
            uint64_t flows = 0;
            for (const Sums& step : series->total) flows += step.flows;
            const uint64_t after = committed_ + batch;
            ASSERT_GE(flows, before);
            ASSERT_LE(flows, after);
            const auto top = find_top(all, Grouping::of(Dimension::host), Measure::flows, 3);
            ASSERT_TRUE(top && top->info.problems.empty());
            ASSERT_GE(top->total.flows, before);
            // Of records, whole and in part, which move into blocks meanwhile.
            for (const char* filter : {"ip.proto == tcp", "tcp || app_proto == tls"}) {
                const uint64_t at_least = committed_;
                const auto read = find_top(
                    {.directory = directory(), .query = test::query_of(filter::Kind::flow, filter)},
                    Grouping::of(Dimension::port), Measure::flows, 3);
                ASSERT_TRUE(read && read->info.problems.empty());
                ASSERT_GE(read->total.flows, at_least) << filter;
                ASSERT_LE(read->total.flows, committed_ + batch);
            }
            auto newest = test::query_of(filter::Kind::flow, "tcp.port == 443");
            newest.descending = true;
            newest.limit = 50;
            auto run = QueryRun::open(directory(), std::move(newest));
            ASSERT_TRUE(run);
            const auto* subject = run->next();
            ASSERT_NE(subject, nullptr);
            ASSERT_GE(subject->record.flow_id / batch, before / batch - 1);
            while (run->next() != nullptr) {
            }
            ASSERT_TRUE(run->problems().empty()) << run->problems()[0];
        }
    });
    const auto [beside_per_s, beside_longest_s] = write(commits);
    done = true;
    asker.join();
    std::printf("records/s: %.0f alone, %.0f beside %llu rounds of questions\n", alone_per_s,
                beside_per_s, static_cast<unsigned long long>(asked));
    std::printf("longest commit: %.3f s alone, %.3f s beside them\n", alone_longest_s,
                beside_longest_s);
    EXPECT_GT(asked, 0u);
    // A writer that waited for a reader would wait for seconds (database.cc).
    EXPECT_LT(beside_longest_s, 2.0 + alone_longest_s);
}

}  // namespace
}  // namespace baleen::store
