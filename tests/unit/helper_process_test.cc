// Helper programs: what they are given and say, and how they end.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "control/process/helper_process.h"

namespace baleen::process {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Helpers are looked for beside this program.
class HelperProcessTest : public testing::Test {
protected:
    base::Result<HelperProcess> start(const std::string& script, const Limits& limits = {}) {
        path_ = fs::read_symlink("/proc/self/exe").parent_path() /
                ("helper-" + std::to_string(::getpid()));
        std::ofstream(path_) << "#!/bin/sh\n" << script << "\n";
        ::chmod(path_.c_str(), 0755);
        return HelperProcess::start(path_.filename(), {"an argument"}, limits);
    }
    ~HelperProcessTest() override { fs::remove(path_); }

private:
    fs::path path_;
};

constexpr size_t plenty = 64 << 20;

TEST_F(HelperProcessTest, GetsItsInputAndIsHeard) {
    auto process = start("echo \"$1\"; cat");
    ASSERT_TRUE(process) << process.error().message;
    const std::string input(3 << 20, 'x');  // more than any pipe holds
    process->give(input);
    const auto said = process->read_all(plenty);
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(*said, "an argument\n" + input);
}

TEST_F(HelperProcessTest, ThatEndsBadlyIsAnErrorWithItsComplaints) {
    auto process = start("echo half; echo 'the disk is gone' >&2; exit 3");
    ASSERT_TRUE(process);
    const auto said = process->read_all(plenty);
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().message, "the disk is gone");
}

TEST_F(HelperProcessTest, ThatIsKilledIsAnError) {
    auto process = start("kill -9 $$");
    ASSERT_TRUE(process);
    const auto said = process->read_all(plenty);
    ASSERT_FALSE(said);
    EXPECT_NE(said.error().message.find("signal 9"), std::string::npos) << said.error().message;
}

TEST_F(HelperProcessTest, IsGivenUpAtItsDeadline) {
    auto process = start("sleep 60", {.deadline = std::chrono::steady_clock::now() + 200ms});
    ASSERT_TRUE(process);
    const auto said = process->read_all(plenty);
    ASSERT_FALSE(said);
    EXPECT_NE(said.error().message.find("too long"), std::string::npos);
}

TEST_F(HelperProcessTest, IsGivenUpWhenNobodyWaits) {
    const std::atomic<bool> cancelled{true};
    auto process = start("sleep 60", {.cancelled = &cancelled});
    ASSERT_TRUE(process);
    EXPECT_FALSE(process->read_all(plenty));
}

TEST_F(HelperProcessTest, HasALimitToItsMemory) {
    auto process = start("python3 -c 'b = bytearray(300 << 20)'", {.memory_bytes = 200 << 20});
    ASSERT_TRUE(process);
    EXPECT_FALSE(process->read_all(plenty));
}

TEST_F(HelperProcessTest, MayNotSayMoreThanIsWanted) {
    auto process = start("head -c 1000000 /dev/zero");
    ASSERT_TRUE(process);
    EXPECT_FALSE(process->read_all(1000));
}

TEST_F(HelperProcessTest, IsGoneWithItsObject) {
    pid_t child = 0;
    {
        auto process = start("echo $$; sleep 60");
        ASSERT_TRUE(process);
        std::string said;
        ASSERT_TRUE(*process->read(said));
        child = std::stoi(said);
        EXPECT_EQ(::kill(child, 0), 0);
    }
    EXPECT_NE(::kill(child, 0), 0);
}

TEST(HelperProcess, ThatIsNotThereIsNamed) {
    const auto process = HelperProcess::start("no-such-program", {}, {});
    ASSERT_FALSE(process);
    EXPECT_NE(process.error().message.find("no-such-program"), std::string::npos);
}

}  // namespace
}  // namespace baleen::process
