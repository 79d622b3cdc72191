// The oldest slices go when budgets are spent, and one is told when that will be.
#include "control/store/retention.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "control/store/slice.h"
#include "tests/unit/temp_folder.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

constexpr int64_t hour_ns = 3'600'000'000'000;
constexpr int64_t first_slice_ns = 1'700'000'000 / 3600 * hour_ns;

class RetentionTest : public testing::Test {
protected:
    RetentionTest() {
        settings_.free_bytes = 0;
        settings_.slice_ns = hour_ns;
    }
    // The `number`-th hour's, written to so long ago.
    std::string make(int number, uint64_t bytes, hours age, const char* suffix = "") {
        const std::string path =
            folder_.path(slice_file_name(first_slice_ns + number * hour_ns) + suffix);
        std::ofstream(path).close();
        fs::resize_file(path, bytes);
        fs::last_write_time(path, fs::file_time_type::clock::now() - age);
        return path;
    }
    std::vector<std::string> retain(int64_t in_use_ns = -1) {
        return delete_oldest(folder_.path(""), settings_,
                             [&](int64_t time_ns) { return time_ns == in_use_ns; });
    }
    StoreStatus status() { return store_status(folder_.path(""), settings_); }

    test::TempFolder folder_;
    config::Settings::Store settings_;
};

TEST_F(RetentionTest, DeletesTheOldestBeyondTheBytes) {
    settings_.retention_bytes = 250;
    const auto a = make(0, 100, hours(0)), b = make(1, 100, hours(5)), c = make(2, 100, hours(0));
    std::ofstream(a + "-wal") << std::string(20, 'x');
    const auto deleted = retain();
    ASSERT_EQ(deleted.size(), 1u);
    EXPECT_EQ(deleted[0],
              "deleted " + fs::path(a).filename().string() + " (120 B): store.retention_bytes");
    EXPECT_FALSE(fs::exists(a) || fs::exists(a + "-wal"));
    EXPECT_TRUE(fs::exists(b) && fs::exists(c));
    EXPECT_TRUE(retain().empty());
}

TEST_F(RetentionTest, NeverDeletesWhatIsInUse) {
    settings_.retention_bytes = 50;
    const auto a = make(0, 100, hours(0)), b = make(1, 100, hours(0));
    EXPECT_EQ(retain(first_slice_ns).size(), 1u);
    EXPECT_TRUE(fs::exists(a));
    EXPECT_FALSE(fs::exists(b));
}

TEST_F(RetentionTest, DeletesWhatIsTooOld) {
    settings_.retention_age_ns = 24 * hour_ns;
    const auto a = make(0, 100, hours(25)), b = make(1, 100, hours(23));
    const auto damaged = make(2, 100, hours(30), ".damaged");
    EXPECT_EQ(retain().size(), 2u);
    EXPECT_FALSE(fs::exists(a) || fs::exists(damaged));
    EXPECT_TRUE(fs::exists(b));
}

TEST_F(RetentionTest, CountsDamagedOnesAndLeavesOtherFilesAlone) {
    settings_.retention_bytes = 250;
    const auto damaged = make(0, 100, hours(0), ".damaged-2");
    make(1, 100, hours(0)), make(2, 100, hours(0));
    const auto other = make(0, 500, hours(0), ".backup");
    EXPECT_EQ(retain().size(), 1u);
    EXPECT_FALSE(fs::exists(damaged));
    EXPECT_TRUE(fs::exists(other));
    EXPECT_EQ(status().slices, 2u);
}

TEST_F(RetentionTest, KeepsRoomOnTheDiskButATenthOfItAtMost) {
    make(0, 100, hours(0)), make(1, 100, hours(0));
    const auto disk = status();
    settings_.free_bytes = 1ull << 60;
    const bool is_short = disk.disk_free_bytes < disk.disk_bytes / 10;
    EXPECT_EQ(retain().size(), is_short ? 2u : 0u);
}

TEST_F(RetentionTest, TellsHowLongTheBudgetsLast) {
    settings_.retention_bytes = 24'000;
    for (int i = 0; i < 12; i++) make(i, 100, hours(11 - i));
    make(0, 300, hours(0), ".damaged");
    const StoreStatus told = status();
    EXPECT_EQ(told.slices, 12u);
    EXPECT_EQ(told.damaged, 1u);
    EXPECT_EQ(told.bytes, 1500u);
    EXPECT_EQ(told.oldest_ns, first_slice_ns);
    EXPECT_EQ(told.newest_ns, first_slice_ns + 12 * hour_ns);
    EXPECT_DOUBLE_EQ(told.forecast.bytes_per_day, 2400);
    EXPECT_DOUBLE_EQ(told.forecast.history_days, 10);
    EXPECT_DOUBLE_EQ(told.forecast.full_days, 22'500 / 2400.0);
    EXPECT_DOUBLE_EQ(told.forecast.deletion_days, 22'500 / 2400.0);
    settings_.retention_age_ns = 24 * hour_ns;
    EXPECT_DOUBLE_EQ(status().forecast.history_days, 1);
    EXPECT_NEAR(status().forecast.deletion_days, 13 / 24.0, 0.01);
}

// A slice of which an hour is to come yet.
TEST_F(RetentionTest, ForecastsFromWhatIsBeingWritten) {
    settings_.slice_ns = 24 * hour_ns;
    settings_.retention_bytes = 1 << 20;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const int64_t begin_ns =
        (std::chrono::duration_cast<std::chrono::seconds>(now).count() - 6 * 3600) * 1'000'000'000;
    const std::string path = folder_.path(slice_file_name(begin_ns));
    std::ofstream(path) << std::string(1000, 'x');
    EXPECT_NEAR(status().forecast.bytes_per_day, 4000, 10);
}

TEST_F(RetentionTest, KnowsNothingOfAnEmptyStore) {
    const StoreStatus told = status();
    EXPECT_EQ(told.slices, 0u);
    EXPECT_EQ(told.forecast.bytes_per_day, 0);
    EXPECT_TRUE(std::isinf(told.forecast.deletion_days));
    EXPECT_GT(told.disk_bytes, 0u);
}

}  // namespace
}  // namespace baleen::store
