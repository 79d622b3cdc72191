// The search for the rate without loss, on a made-up machine whose limit is known.
#include <gtest/gtest.h>

#include <random>

#include "cli/ndr/find_rates.h"
#include "cli/ndr/rate_search.h"

namespace baleen::cli::ndr {
namespace {

constexpr double trials_max = 1 + 10 + 7 + 1;  // rate_search.h

// Finds the limit of a machine that loses packets above `limit`; counts the trials.
double found_by_search(double rate_max, double resolution, double limit, int& trials) {
    RateSearch search(rate_max, resolution);
    for (trials = 0; search.next() && trials < 1000; trials++) {
        const double rate = *search.next();
        EXPECT_LE(rate, rate_max);
        search.tell(rate, rate <= limit);
    }
    return search.found();
}

TEST(RateSearch, FindsTheLimitToItsResolutionInFewTrials) {
    for (const double limit : {0.002, 0.01, 0.1, 0.25, 0.3333, 0.5, 0.77, 0.999})
        for (const double resolution : {0.001, 0.01, 0.1}) {
            int trials = 0;
            const double found = found_by_search(10e6, resolution, limit * 10e6, trials);
            EXPECT_LE(found, limit * 10e6);
            EXPECT_GE(found, limit * 10e6 * (1 - resolution) - 1);
            EXPECT_LE(trials, resolution < 0.01 ? trials_max + 4 : trials_max);
        }
}

TEST(RateSearch, TakesTheGreatestRateInOneTrialWhereNothingIsLost) {
    int trials = 0;
    EXPECT_EQ(found_by_search(10e6, 0.01, 10e6, trials), 10e6);
    EXPECT_EQ(trials, 1);
}

TEST(RateSearch, EndsWithNothingWhereEveryRateLoses) {
    int trials = 0;
    EXPECT_EQ(found_by_search(10e6, 0.01, 0, trials), 0);
    EXPECT_LE(trials, 12);
}

TEST(RateSearch, EndsWhateverTheTrialsSay) {
    std::mt19937 random(1);
    for (int round = 0; round < 1000; round++) {
        RateSearch search(1e6, 0.01);
        int trials = 0;
        for (; search.next() && trials < 1000; trials++)
            search.tell(*search.next(), random() % 2 == 0);
        EXPECT_LE(trials, trials_max);
    }
}

TEST(RateSearch, BelievesAFailureBelowARateThatPassed) {
    RateSearch search(1000, 0.01);
    search.tell(800, true);
    EXPECT_EQ(search.found(), 800);
    search.tell(500, false);
    EXPECT_EQ(search.found(), 0);
    EXPECT_EQ(search.next(), 250);
    search.tell(700, true);
    EXPECT_EQ(search.found(), 0) << "above one that failed";
    search.tell(100, true);
    search.tell(700, true);
    EXPECT_EQ(search.found(), 100);
}

// A machine that loses nothing up to `limit`, beyond it all that is more, and sends max at most.
struct Machine {
    double limit, max;
    Place place = Place::no_descriptor;
    int trials = 0;
    int failing_first = 0;  // trials at each rate that fail for no reason
    double last_rate = 0;
    int tries_at_rate = 0;

    base::Result<Trial> operator()(double rate) {
        trials++;
        tries_at_rate = rate == last_rate ? tries_at_rate + 1 : 1;
        last_rate = rate;
        Trial trial;
        trial.asked_packets_per_s = rate;
        trial.seconds = 1;
        trial.offered = static_cast<uint64_t>(rate > 0 ? rate : max);
        const auto carried = std::min(trial.offered, static_cast<uint64_t>(max));
        trial.lost_at(Place::refused) = trial.offered - carried;
        trial.sent = trial.wire = carried;
        trial.received = std::min(carried, static_cast<uint64_t>(limit));
        trial.lost_at(place) += carried - trial.received;
        if (rate > 0 && tries_at_rate <= failing_first) trial.lost_at(Place::late) += 500;
        return trial;
    }
};

base::Result<Found> find(Machine& machine, const SearchOptions& options) {
    return find_rates([&](double rate) { return machine(rate); }, options);
}

TEST(FindRates, TellsBothRatesAndWhereTheFirstPacketWasLost) {
    Machine machine{.limit = 3e6, .max = 10e6};
    const auto found = find(machine, {.loss_allowed = 0.05, .resolution = 0.01, .tries = 1});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->max_packets_per_s, 10e6);
    EXPECT_NEAR(found->ndr_packets_per_s, 3e6, 0.03e6);
    EXPECT_LE(found->ndr_packets_per_s, 3e6);
    // 5 % lost of r are r - limit: r = limit / 0.95.
    EXPECT_NEAR(found->pdr_packets_per_s, 3e6 / 0.95, 0.035e6);
    EXPECT_EQ(found->first_loss, "nic_missed.no_descriptor");
    EXPECT_EQ(found->trials.size(), static_cast<size_t>(machine.trials));
    EXPECT_LE(machine.trials, 1 + 2 * trials_max);
}

TEST(FindRates, HasPdrNeverBelowNdr) {
    for (double limit = 1e5; limit < 12e6; limit *= 1.37) {
        Machine machine{.limit = limit, .max = 10e6};
        const auto found = find(machine, {});
        ASSERT_TRUE(found);
        EXPECT_GE(found->pdr_packets_per_s, found->ndr_packets_per_s) << limit;
        EXPECT_LE(found->ndr_packets_per_s, limit);
    }
}

TEST(FindRates, RepeatsNoTrialForTheSecondSearch) {
    Machine machine{.limit = 20e6, .max = 10e6};
    const auto found = find(machine, {});
    ASSERT_TRUE(found);
    EXPECT_EQ(machine.trials, 2) << "without a rate, and at the greatest one";
    EXPECT_EQ(found->ndr_packets_per_s, 10e6);
    EXPECT_EQ(found->pdr_packets_per_s, 10e6);
    EXPECT_EQ(found->first_loss, "");
}

TEST(FindRates, LetsARatePassInOneOfItsTries) {
    Machine machine{.limit = 3e6, .max = 10e6, .failing_first = 1};
    const auto once = find(machine, {.tries = 1});
    ASSERT_TRUE(once);
    EXPECT_EQ(once->ndr_packets_per_s, 0);
    EXPECT_EQ(once->first_loss, "not_sent.late") << "the generator's fault, and named so";
    const auto twice = find(machine, {.tries = 2});
    ASSERT_TRUE(twice);
    EXPECT_NEAR(twice->ndr_packets_per_s, 3e6, 0.03e6);
    EXPECT_EQ(twice->first_loss, "nic_missed.no_descriptor");
}

TEST(FindRates, SaysWhyATrialFailedOrSentNothing) {
    const auto failed = find_rates([](double) { return base::Error{"no port"}; }, {});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "no port");
    EXPECT_FALSE(find_rates([](double) { return Trial{}; }, {}));
}

TEST(Trial, CountsEveryLossOnceAndNamesTheWorst) {
    Trial trial;
    EXPECT_EQ(trial.loss(), 1) << "nothing offered is nothing carried";
    EXPECT_EQ(trial.worst_place(), "");
    trial.offered = 1000;
    trial.lost_at(Place::late) = 10;
    trial.lost_at(Place::refused) = 20;
    trial.lost_at(Place::shed_worker_busy) = 70;
    EXPECT_EQ(trial.not_sent(), 30u);
    EXPECT_EQ(trial.lost(), 100u);
    EXPECT_DOUBLE_EQ(trial.loss(), 0.1);
    EXPECT_EQ(trial.worst_place(), "shed.worker_busy");
}

}  // namespace
}  // namespace baleen::cli::ndr
