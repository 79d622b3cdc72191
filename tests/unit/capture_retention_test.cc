// What is deleted, and what never is.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/units.h"
#include "dataplane/capture/file_name.h"
#include "dataplane/capture/retention.h"
#include "tests/unit/capture_run.h"
#include "tests/unit/temp_folder.h"

namespace baleen::test {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t all = UINT64_MAX;

std::string numbered(int number) {
    return capture::file_name({.run_id = 5}, first_packet_ns, static_cast<uint32_t>(number));
}

// Five files of 1000 bytes, an hour apart, the first the oldest.
class Retention : public ::testing::Test {
protected:
    Retention() {
        for (int number = 1; number <= 5; number++) {
            const std::string path = temp.write(numbered(number), std::string(1000, 'x'));
            const auto now = fs::file_time_type::clock::now();
            fs::last_write_time(path, now - std::chrono::hours(6 - number));
        }
    }
    std::vector<int> left() const {
        std::vector<int> numbers;
        for (int number = 1; number <= 5; number++)
            if (fs::exists(path(number))) numbers.push_back(number);
        return numbers;
    }
    std::vector<std::string> retain(uint64_t bytes, int64_t age_ns = base::duration_off,
                                    uint64_t free_bytes = 0) {
        return capture::retain(folder(), {bytes, age_ns, free_bytes});
    }
    std::string path(int number) const { return temp.path(numbered(number)); }
    std::string folder() const { return temp.path("."); }

    TempFolder temp;
};

TEST_F(Retention, DeletesOldestFilesWhenThereAreTooManyBytes) {
    const auto told = retain(3500);
    EXPECT_EQ(left(), (std::vector{3, 4, 5}));
    ASSERT_EQ(told.size(), 1u);
    EXPECT_NE(told[0].find("2 files of packets deleted"), std::string::npos) << told[0];
    EXPECT_NE(told[0].find(numbered(2)), std::string::npos) << told[0];
    EXPECT_NE(told[0].find("capture.retention_bytes"), std::string::npos) << told[0];
    EXPECT_TRUE(retain(3500).empty());
}

TEST_F(Retention, CountsIndexesAndDeletesThemToo) {
    temp.write(numbered(1) + ".index", std::string(900, 'x'));
    temp.write(numbered(1) + ".index.log", std::string(900, 'x'));
    retain(6000);
    EXPECT_EQ(left(), (std::vector{2, 3, 4, 5}));
    EXPECT_FALSE(fs::exists(path(1) + ".index"));
    EXPECT_FALSE(fs::exists(path(1) + ".index.log"));
}

TEST_F(Retention, DeletesFilesThatAreTooOld) {
    retain(all, 3LL * 3600 * 1'000'000'000 + 1'000'000'000);
    EXPECT_EQ(left(), (std::vector{3, 4, 5}));
}

TEST_F(Retention, DeletesUntilTheDiskHasEnoughLeft) {
    const auto told = retain(all, base::duration_off, all / 2);
    EXPECT_EQ(left(), std::vector<int>{});
    EXPECT_NE(told.at(0).find("capture.free"), std::string::npos);
    retain(all, base::duration_off, 1);
}

TEST_F(Retention, SparesFilesThatAreBeingWritten) {
    const int fd = ::open(path(1).c_str(), O_RDWR);
    ASSERT_EQ(::flock(fd, LOCK_EX), 0);
    retain(1);
    EXPECT_EQ(left(), std::vector{1});
    ::close(fd);
    retain(1);
    EXPECT_EQ(left(), std::vector<int>{});
}

TEST_F(Retention, SparesFilesOfOtherNames) {
    const std::vector<std::string> others = {
        "notes.txt",
        "packets.pcapng",
        "packets-20261126T014634Z-5-0-000001.pcapng.txt",
        "packets-20261126T014634Z-5-0-1.pcapng",
        "packets-2026T014634Z-5-0-000001.pcapng",
        "my-packets-20261126T014634Z-5-0-000001.pcapng",
        "packets-20261126T014634Z-5-0-000001.pcapng.index2",
    };
    for (const auto& name : others) temp.write(name, "x");
    // A link of such a name leads elsewhere.
    fs::create_symlink(temp.path("notes.txt"),
                       temp.path("packets-20261126T014634Z-5-0-000009.pcapng"));
    retain(0, 0, all);
    for (const auto& name : others) EXPECT_TRUE(fs::exists(temp.path(name))) << name;
    EXPECT_EQ(left(), std::vector<int>{});
}

TEST(RetentionOfOutput, LeavesTheNewestFiles) {
    const TempFolder folder;
    capture::OutputSettings settings;
    settings.directory = folder.path("packets");
    settings.rotate_bytes = 2 << 20;
    settings.retention_bytes = 5 << 20;
    CaptureRun run(settings);
    run.send_chunks(40, 400, 1400);
    run.finish();
    const auto files = run.files();
    EXPECT_GE(files.size(), 2u);
    EXPECT_LE(files.size(), 3u);
    EXPECT_TRUE(files.back().ends_with("-000014.pcapng")) << files.back();
    EXPECT_NE(run.notices_with("capture.retention_bytes"), 0);
}

TEST(RetentionOfOutput, SparesTheFileThatIsWritten) {
    const TempFolder folder;
    capture::OutputSettings settings;
    settings.directory = folder.path("packets");
    CaptureRun run(settings);
    run.send_chunks(3, 700, 1400);
    ASSERT_TRUE(run.wait_for_done(3));
    EXPECT_TRUE(
        capture::retain(settings.directory, {.bytes = 0, .age_ns = 0, .free_bytes = all}).empty());
    run.finish();
    expect_all(run.sent, packets_of(run.files()));
}

TEST(FileName, IsOneThatIsRecognised) {
    for (const auto format : {capture::Format::pcapng, capture::Format::pcap})
        for (const auto compression :
             {capture::Compression::none, capture::Compression::lz4, capture::Compression::zstd}) {
            const std::string name = capture::file_name(
                {.format = format, .compression = compression, .run_id = 1}, 0, 1'234'567);
            EXPECT_TRUE(capture::is_file_name(name)) << name;
            EXPECT_FALSE(capture::is_file_name(name + ".index")) << name;
        }
}

}  // namespace
}  // namespace baleen::test
