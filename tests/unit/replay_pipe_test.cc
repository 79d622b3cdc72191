// Captures out of pipes and standard input.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/unit/capture_bytes.h"
#include "tests/unit/pipe.h"
#include "tests/unit/replay_run.h"
#include "tests/unit/temp_folder.h"

namespace baleen::drivers {
namespace {

using test::PcapBytes;
using test::PcapngBytes;
using test::Pipe;
using test::ReplayRun;
using test::TempFolder;
using Texts = std::vector<std::string>;

PcapBytes two_packets() {
    PcapBytes file;
    file.packet(10, 0, "one").packet(11, 0, "two");
    return file;
}

TEST(ReplayPipe, ReadsWhatArrivesInPiecesOfAnySize) {
    for (const size_t piece : {size_t{1}, size_t{5}, size_t{23}, size_t{1000}}) {
        Pipe pipe;
        ReplayRun run({pipe.path()});
        const std::string bytes = two_packets().str();
        for (size_t at = 0; at < bytes.size(); at += piece) {
            pipe.write(std::string_view(bytes).substr(at, piece));
            run.step();
            ASSERT_FALSE(run.source.exhausted());
        }
        run.step();
        EXPECT_EQ(run.texts(), (Texts{"one", "two"})) << "before the pipe is closed";
        pipe.close();
        run.to_end();
        EXPECT_EQ(run.packets.size(), 2u);
        EXPECT_TRUE(run.source.problems().empty()) << run.source.problems()[0];
    }
}

TEST(ReplayPipe, ComesBackFromAQuietPipe) {
    Pipe pipe;
    ReplayRun run({pipe.path()});
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; i++) run.step();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2))
        << "a worker must be able to see that it shall stop";
    EXPECT_FALSE(run.source.exhausted());
    run.source.stop();
    EXPECT_TRUE(run.source.exhausted());
    EXPECT_TRUE(run.source.problems().empty());
}

TEST(ReplayPipe, ReadsPcapngAndNamesDamage) {
    Pipe pipe;
    PcapngBytes file;
    file.section().interface().enhanced(0, 1, "one");
    pipe.write(file.str() + "cut");
    pipe.close();
    ReplayRun run({pipe.path()});
    run.to_end();
    EXPECT_EQ(run.texts(), Texts{"one"});
    EXPECT_EQ(
        run.source.problems(),
        Texts{pipe.path() + " is cut short in the middle of a packet (after packet 1, at byte " +
              std::to_string(file.size()) + ")"});
}

TEST(ReplayPipe, NamesAnEmptyPipeAndAForeignOne) {
    Pipe empty, foreign, packed;
    empty.close();
    foreign.write("GET / HTTP/1.1\r\nHost: example.org\r\n");
    foreign.close();
    packed.write("\x1f\x8b\x08" + std::string(40, 'x'));
    packed.close();
    ReplayRun run({empty.path(), foreign.path(), packed.path()});
    run.to_end();
    EXPECT_TRUE(run.packets.empty());
    ASSERT_EQ(run.source.problems().size(), 3u);
    EXPECT_TRUE(run.source.problems()[0].starts_with(empty.path() + " is empty"));
    EXPECT_TRUE(
        run.source.problems()[1].starts_with(foreign.path() + " is neither pcap nor pcapng"));
    EXPECT_TRUE(run.source.problems()[2].starts_with(packed.path() + " is compressed; use: zcat"));
}

TEST(ReplayPipe, ReadsANamedPipe) {
    const TempFolder folder;
    const std::string path = folder.path("fifo");
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] {
        const base::FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        Pipe::write_all(fd.get(), two_packets().str());
    });
    ReplayRun run({path});
    run.to_end();
    writer.join();
    EXPECT_EQ(run.texts(), (Texts{"one", "two"}));
    EXPECT_EQ(run.port.progress_total, 0u) << "not known";
}

// "-" in place of a path, for as long as this lives.
class StandardInput {
public:
    explicit StandardInput(int fd) : saved_(::dup(STDIN_FILENO)) { ::dup2(fd, STDIN_FILENO); }
    ~StandardInput() {
        if (saved_) ::dup2(saved_.get(), STDIN_FILENO);
        else ::close(STDIN_FILENO);
    }

private:
    base::FileDescriptor saved_;
};

TEST(ReplayPipe, ReadsStandardInput) {
    Pipe pipe;
    pipe.write(two_packets().str() + "cut");
    pipe.close();
    const StandardInput input(pipe.read_end.get());
    ReplayRun run({"-"});
    run.to_end();
    EXPECT_EQ(run.texts(), (Texts{"one", "two"}));
    ASSERT_EQ(run.source.problems().size(), 1u);
    EXPECT_TRUE(run.source.problems()[0].starts_with("standard input is cut short"))
        << run.source.problems()[0];
    EXPECT_NE(::fcntl(STDIN_FILENO, F_GETFD), -1) << "it is not the source's to close";
}

TEST(ReplayPipe, GoesOnInAFileThatHasBeenReadInPart) {
    const TempFolder folder;
    const std::string path = folder.write("a.pcap", "eleven byte" + two_packets().str());
    const base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(::lseek(file.get(), 11, SEEK_SET), 11);
    const StandardInput input(file.get());
    ReplayRun run({"-"});
    run.to_end();
    EXPECT_EQ(run.texts(), (Texts{"one", "two"}));
    EXPECT_TRUE(run.source.problems().empty()) << run.source.problems()[0];
}

}  // namespace
}  // namespace baleen::drivers
