// Disks that are full, hang, become read-only or lose the folder: nothing that was written is lost,
// the order stays, the user is told, and writing goes on by itself.
//
// Most need a filesystem of their own, and root to mount it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "packets/recover.h"
#include "tests/unit/capture_run.h"
#include "tests/unit/temp_folder.h"

namespace baleen::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

bool succeeds(const std::string& command) {
    return std::system(("(" + command + ") >/dev/null 2>&1").c_str()) == 0;
}

// A small disk of its own.
class Disk {
public:
    // False: not here.
    bool mount_tmpfs(const std::string& size) {
        return mount_with("mount -t tmpfs -o size=" + size + " none " + at_);
    }
    bool mount_ramfs() { return mount_with("mount -t ramfs none " + at_); }
    bool mount_ext4(const std::string& size) {
        const std::string image = folder_.path("image");
        return succeeds("truncate -s " + size + " " + image) &&
               succeeds("mkfs.ext4 -q -E lazy_itable_init=0 " + image) && mount_again();
    }
    bool mount_again() {
        return mount_with("mount -o loop,errors=remount-ro " + folder_.path("image") + " " + at_);
    }
    bool unmount() { return succeeds("umount " + at_); }
    ~Disk() {
        if (is_mounted_) succeeds("umount -l " + at_);
    }

    const std::string& path() const { return at_; }
    std::string device() const {
        std::string name = output_of("findmnt -no SOURCE " + at_);
        name.erase(name.find_last_not_of('\n') + 1);
        return name.substr(name.rfind('/') + 1);
    }
    capture::OutputSettings settings() const {
        capture::OutputSettings settings;
        settings.directory = at_ + "/packets";
        return settings;
    }

private:
    bool mount_with(const std::string& command) {
        fs::create_directories(at_);
        is_mounted_ = succeeds(command);
        return is_mounted_;
    }

    TempFolder folder_;
    std::string at_ = folder_.path("disk");
    bool is_mounted_ = false;
};

#define NEEDS(condition) \
    if (!(condition)) GTEST_SKIP() << "needs root and what it takes to mount: NOT checked"

// As many chunks as the writer takes until the disk refuses.
void fill(CaptureRun& run) {
    EXPECT_TRUE(run.wait_for([&] {
        run.send_chunk(700, 1400);
        return run.output().is_failing();
    }));
    while (run.send_chunk(700, 1400)) {
    }
}

void expect_recovery(CaptureRun& run) {
    EXPECT_TRUE(run.wait_for([&] { return !run.output().is_failing(); }, seconds(30)));
    EXPECT_TRUE(run.wait_for_notice("works again"));
    run.send_chunks(3, 10, 600);
    run.finish();
    EXPECT_EQ(run.given_up_count, 0u);
    EXPECT_EQ(run.notices_with("works again"), 1);
    expect_all(run.sent, packets_of(run.files()));
}

class CaptureDiskFull : public ::testing::TestWithParam<bool> {};

TEST_P(CaptureDiskFull, IsWaitedFor) {
    BALEEN_TRACE_SEED();
    Disk disk;
    NEEDS(disk.mount_ext4("64M"));
    auto settings = disk.settings();
    settings.may_use_io_uring = GetParam();
    CaptureRun run(settings);
    const std::string ballast = disk.path() + "/ballast";
    ASSERT_TRUE(succeeds("fallocate -l 25M " + ballast));
    fill(run);
    EXPECT_EQ(run.notices_with("No space left on device"), 1) << "told once";
    const uint64_t done = run.done_count;
    EXPECT_GT(done, 3u);
    EXPECT_GT(run.output().totals().failures, 0u);
    // Nothing comes back while it lasts, and nothing new is told.
    EXPECT_FALSE(run.wait_for([&] { return run.done_count != done; }, milliseconds(700)));
    EXPECT_EQ(run.notices_with("No space left on device"), 1);
    fs::remove(ballast);
    expect_recovery(run);
    EXPECT_EQ(run.files().size(), 1u) << "goes on in the same file";
}
INSTANTIATE_TEST_SUITE_P(Ways, CaptureDiskFull, ::testing::Bool());

TEST(CaptureDiskFullOfPackets, IsMadeRoomOnWhereThatIsWanted) {
    Disk disk;
    NEEDS(disk.mount_ext4("64M"));
    auto settings = disk.settings();
    settings.rotate_bytes = 4 << 20;
    settings.free_bytes = 12 << 20;
    CaptureRun run(settings);
    run.send_chunks(150, 700, 1400);
    run.finish();
    EXPECT_EQ(run.done_count, 150u);
    EXPECT_NE(run.notices_with("capture.free"), 0);
    const auto left = packets_of(run.files());
    EXPECT_GT(left.size(), 10u * 700);
    // The newest.
    run.sent.erase(run.sent.begin(), run.sent.end() - static_cast<std::ptrdiff_t>(left.size()));
    expect_all(run.sent, left);
}

TEST(CaptureDiskFull, KeepsWhatWasWrittenWhenTheRunIsGivenUp) {
    Disk disk;
    NEEDS(disk.mount_tmpfs("12M"));
    CaptureRun run(disk.settings());
    fill(run);
    run.output().abort();
    run.turn();
    EXPECT_GT(run.given_up_count, 0u);
    EXPECT_TRUE(run.wait_for([&] { return run.output().is_idle(); }));
    run.sent.resize(run.done_count * 700);
    expect_all(run.sent, packets_of(run.files()));
}

TEST(CaptureDiskHangs, IsToldAndWaitedFor) {
    Disk disk;
    NEEDS(disk.mount_ext4("64M"));
    CaptureRun run(disk.settings());
    run.send_chunks(3, 700, 1400);
    ASSERT_TRUE(run.wait_for_done(3));
    // Whatever is written once a second has been.
    run.wait_for([] { return false; }, milliseconds(2500));
    ASSERT_TRUE(succeeds("fsfreeze -f " + disk.path()));
    for (int i = 0; i < 10; i++) EXPECT_TRUE(run.send_chunk(700, 1400));
    const bool is_told = run.wait_for([&] { return run.output().is_failing(); }, seconds(5));
    const uint64_t done = run.done_count;
    run.wait_for([] { return false; }, seconds(1));
    ASSERT_TRUE(succeeds("fsfreeze -u " + disk.path()));
    EXPECT_TRUE(is_told);
    EXPECT_EQ(done, 3u);
    EXPECT_EQ(run.notices_with("does not answer"), 1);
    expect_recovery(run);
    EXPECT_EQ(run.files().size(), 1u);
}

TEST(CaptureDiskHangs, IsNoReasonToHangAtTheEnd) {
    Disk disk;
    NEEDS(disk.mount_ext4("64M"));
    auto run = std::make_unique<CaptureRun>(disk.settings());
    run->send_chunks(3, 700, 1400);
    ASSERT_TRUE(run->wait_for_done(3));
    run->wait_for([] { return false; }, milliseconds(2500));
    ASSERT_TRUE(succeeds("fsfreeze -f " + disk.path()));
    for (int i = 0; i < 5; i++) EXPECT_TRUE(run->send_chunk(700, 1400));
    run->wait_for([&] { return run->output().is_failing(); }, seconds(5));
    const auto begin = std::chrono::steady_clock::now();
    run->output().abort();
    run->turn();
    const auto lasted = std::chrono::steady_clock::now() - begin;
    const uint64_t given_up = run->given_up_count;
    ASSERT_TRUE(succeeds("fsfreeze -u " + disk.path()));
    EXPECT_EQ(given_up, 5u);
    EXPECT_LT(lasted, milliseconds(500));
    run.reset();
}

TEST(CaptureDiskReadOnly, IsWaitedForBeforeAFileIsBegun) {
    Disk disk;
    NEEDS(disk.mount_ext4("64M"));
    CaptureRun run(disk.settings());
    ASSERT_TRUE(succeeds("mount -o remount,ro " + disk.path()));
    fill(run);
    EXPECT_EQ(run.notices_with("Read-only file system"), 1);
    ASSERT_TRUE(succeeds("mount -o remount,rw " + disk.path()));
    expect_recovery(run);
}

// As ext4 does by itself when it finds its disk damaged.
TEST(CaptureDiskReadOnly, CanBeMountedAnewWhileTheRunGoesOn) {
    Disk disk;
    NEEDS(disk.mount_ext4("64M"));
    CaptureRun run(disk.settings());
    run.send_chunks(5, 700, 1400);
    ASSERT_TRUE(run.wait_for_done(5));
    NEEDS(succeeds("sync " + disk.path() + " && echo 1 > /sys/fs/ext4/" + disk.device() +
                   "/trigger_fs_error"));
    fill(run);
    EXPECT_GE(run.notices_with("packets cannot be written"), 1);
    // Nothing of ours is in the way.
    EXPECT_TRUE(run.wait_for([&] { return disk.unmount(); }));
    succeeds("fsck.ext4 -fy " + disk.path() + "/../image");
    ASSERT_TRUE(disk.mount_again());
    expect_recovery(run);
    EXPECT_EQ(run.files().size(), 2u);
}

TEST(CaptureFolder, IsMadeAgainWhenItVanishes) {
    const TempFolder folder;
    capture::OutputSettings settings;
    settings.directory = folder.path("packets/of/today");
    CaptureRun run(settings);
    run.send_chunks(3, 700, 1400);
    ASSERT_TRUE(run.wait_for_done(3));
    fs::remove_all(folder.path("packets"));
    run.sent.clear();
    run.send_chunks(10, 700, 1400);
    EXPECT_TRUE(run.wait_for_done(13));
    EXPECT_EQ(run.notices_with("deleted while it was written"), 1);
    expect_recovery(run);
}

// Short writes: the system writes up to a limit, not a multiple of a block, and then refuses.
TEST(CaptureShortWrites, GoOnWhereTheyEnded) {
    const TempFolder folder;
    capture::OutputSettings settings;
    settings.directory = folder.path("packets");
    settings.may_use_io_uring = false;
    settings.may_use_direct = false;
    CaptureRun run(settings);
    run.send_chunks(1, 10, 60);
    ASSERT_TRUE(run.wait_for_done(1));
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit low{(2 << 20) + 777, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
    fill(run);
    EXPECT_EQ(run.notices_with("File too large"), 1);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    expect_recovery(run);
    EXPECT_GE(run.files().size(), 2u) << "what was not written goes into a new file";
}

TEST(CaptureWithoutDirectWrites, IsToldOnceAndGoesOn) {
    Disk disk;
    NEEDS(disk.mount_ramfs());
    auto settings = disk.settings();
    settings.rotate_bytes = 2 << 20;
    CaptureRun run(settings);
    run.send_chunks(8, 700, 1400);
    run.finish();
    EXPECT_EQ(run.notices_with("O_DIRECT"), 1);
    EXPECT_EQ(run.output().totals().failures, 0u);
    expect_all(run.sent, packets_of(run.files()));
}

// As in a container whose profile forbids it.
void forbid_io_uring() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{std::size(program), program};
    ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

TEST(CaptureWithoutIoUring, IsToldOnceAndGoesOn) {
    const TempFolder folder;
    const pid_t child = ::fork();
    if (child == 0) {
        forbid_io_uring();
        capture::OutputSettings settings;
        settings.directory = folder.path("packets");
        CaptureRun run(settings);
        run.send_chunks(8, 700, 1400);
        run.finish();
        EXPECT_EQ(run.notices_with("without io_uring"), 1);
        expect_all(run.sent, packets_of(run.files()));
        ::_exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

// A process that is killed while it writes.
TEST(CaptureKilled, LeavesAllThatWasDone) {
    const TempFolder folder;
    capture::OutputSettings settings;
    settings.directory = folder.path("packets");
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        CaptureRun run(settings);
        while (true) {
            run.send_chunk(700, 1400);
            const uint64_t done = run.done_count;
            if (::write(pipe[1], &done, sizeof done) != sizeof done) ::_exit(1);
        }
    }
    ::close(pipe[1]);
    uint64_t done = 0, told = 0;
    while (done < 60 && ::read(pipe[0], &told, sizeof told) == sizeof told) done = told;
    ::kill(child, SIGKILL);
    while (::read(pipe[0], &told, sizeof told) == sizeof told) done = told;
    ::waitpid(child, nullptr, 0);

    CaptureRun beside(settings);
    const auto files = beside.files();
    ASSERT_EQ(files.size(), 1u);
    const auto recovery = packets::recover(files[0]);
    ASSERT_TRUE(recovery) << recovery.error().message;
    const auto seen = packets_of(files);
    EXPECT_GE(seen.size(), done * 700);
    // As they are counted up in the order they were sent.
    for (size_t i = 0; i < std::min<size_t>(seen.size(), done * 700); i++)
        ASSERT_EQ(seen[i].time_ns, first_packet_ns + static_cast<int64_t>(i) * 1'000'001);
}

}  // namespace
}  // namespace baleen::test
