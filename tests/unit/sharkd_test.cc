// What is said to sharkd and heard of it, and who may keep one for how long. Real dissectors are
// asked by tests/e2e/test_dissections.py; here a script stands in its place that behaves as badly
// as a process can.
#include "control/sharkd/sharkd.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "control/sharkd/capture_file.h"
#include "control/sharkd/dissections.h"
#include "packets/pcapng.h"

namespace baleen::sharkd {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;

TEST(SharkdQuestion, IsOneLineWhateverIsAskedFor) {
    const std::string line =
        question(3, Method::frames, {{"filter", "a\n{\"method\":\"setconf\"}\r\xff"}});
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const json read = json::parse(line);
    EXPECT_EQ(read["method"], "frames");
    EXPECT_EQ(read["id"], 3);
    EXPECT_EQ(read["params"]["filter"], "a\n{\"method\":\"setconf\"}\r\xef\xbf\xbd");
}

TEST(SharkdReply, BelongsToItsQuestion) {
    EXPECT_FALSE(read_reply(R"({"id": 3, "result": {}})", 4));
    EXPECT_FALSE(read_reply("Hello in child.", 4));
    EXPECT_FALSE(read_reply("[4]", 4));
    const auto answered = read_reply(R"({"id": 4, "result": {"status": "OK"}})", 4);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->kind, Reply::Kind::answered);
    EXPECT_EQ(answered->result["status"], "OK");
    const auto refused = read_reply(R"({"id": 4, "error": {"code": -5001, "message": "no"}})", 4);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->kind, Reply::Kind::refused);
    EXPECT_EQ(refused->message, "no");
    EXPECT_EQ(read_reply(R"({"id": 4, "error": 7})", 4)->kind, Reply::Kind::refused);
}

// Programs are looked for beside this one.
class SharkdScript : public testing::Test {
protected:
    base::Result<Sharkd> start(const std::string& script) {
        // A shell opens and reads its script as it goes: it stays as it is for those that run.
        if (script != written_) {
            std::ofstream(path_) << "#!/bin/sh\n" << script << "\n";
            ::chmod(path_.c_str(), 0755);
            written_ = script;
        }
        return Sharkd::start(STDIN_FILENO);
    }
    ~SharkdScript() override { fs::remove(path_); }

    // Answers every question as the one with this number.
    static constexpr const char* answering =
        "n=0; while read line; do n=$((n+1)); echo \"{\\\"id\\\":$n,\\\"result\\\":$n}\"; done";

private:
    fs::path path_ = fs::read_symlink("/proc/self/exe").parent_path() / "baleen-sharkd";
    std::string written_;
};

TEST_F(SharkdScript, AnswersOneQuestionAfterTheOther) {
    auto sharkd = start(answering);
    ASSERT_TRUE(sharkd) << sharkd.error().message;
    EXPECT_EQ(sharkd->load(nullptr).result, 1);
    EXPECT_EQ(sharkd->ask(Method::status, json::object(), nullptr).result, 2);
}

TEST_F(SharkdScript, PassesOverTheAnswerThatNobodyWaitedFor) {
    auto sharkd = start(
        "read a; sleep 0.3; read b; echo '{\"id\":1,\"result\":\"late\"}'; "
        "echo '{\"id\":2,\"result\":\"mine\"}'; read c");
    ASSERT_TRUE(sharkd);
    std::atomic<bool> cancelled{true};
    EXPECT_EQ(sharkd->ask(Method::frames, json::object(), &cancelled).kind, Reply::Kind::abandoned);
    const Reply reply = sharkd->ask(Method::frame, json::object(), nullptr);
    EXPECT_EQ(reply.kind, Reply::Kind::answered);
    EXPECT_EQ(reply.result, "mine");
}

TEST_F(SharkdScript, ThatDiesIsLostAndSaysWhy) {
    auto sharkd = start("read a; echo half an answer; echo 'out of memory' >&2; exit 1");
    ASSERT_TRUE(sharkd);
    const Reply reply = sharkd->load(nullptr);
    EXPECT_EQ(reply.kind, Reply::Kind::lost);
    EXPECT_EQ(reply.message, "out of memory");
    EXPECT_EQ(sharkd->ask(Method::status, json::object(), nullptr).kind, Reply::Kind::lost);
}

TEST_F(SharkdScript, ThatIsGoneIsLostAndDoesNotEndWhoAsks) {
    auto sharkd = start("exit 3");
    ASSERT_TRUE(sharkd);
    ::usleep(100'000);
    EXPECT_EQ(sharkd->load(nullptr).kind, Reply::Kind::lost);
}

TEST_F(SharkdScript, PlacesAreFewAndTheIdleOnesGoFirst) {
    Dissections dissections;
    std::vector<std::string> ids;
    const auto open = [&](Clock::time_point now) {
        auto place = dissections.take_place(now);
        if (!place) return false;
        auto sharkd = start(answering);
        ids.push_back(dissections.keep(std::move(place), std::move(*sharkd)));
        return true;
    };
    const auto begun = Clock::now();
    for (size_t i = 0; i < dissections_max; i++) ASSERT_TRUE(open(begun)) << i;
    EXPECT_NE(ids[0], ids[1]);
    // All were used just now.
    EXPECT_FALSE(open(begun));
    const auto held = dissections.find(ids[0]);  // by a question that is under way
    ASSERT_TRUE(held);
    EXPECT_TRUE(open(Clock::now() + kept_min + 1s));
    EXPECT_EQ(dissections.count(), dissections_max);
    EXPECT_TRUE(dissections.find(ids[0]));
    EXPECT_FALSE(dissections.find(ids[1]));
    EXPECT_TRUE(dissections.find(ids[2]));

    dissections.end_idle(Clock::now() + idle_max - 5s);
    EXPECT_EQ(dissections.count(), dissections_max);
    dissections.end_idle(Clock::now() + idle_max + 1s);
    EXPECT_EQ(dissections.count(), 1u);  // the one that is held
    EXPECT_TRUE(dissections.find(ids[0]));
    dissections.close(ids[0]);
    EXPECT_EQ(dissections.count(), 0u);
    const Dissection::Question status = {Method::status, json::object()};
    EXPECT_EQ(held->ask({&status, 1}, nullptr).kind, Reply::Kind::answered);
}

TEST_F(SharkdScript, PlacesThatAreHeldCount) {
    Dissections dissections;
    std::vector<std::unique_ptr<Dissections::Place>> held;
    for (size_t i = 0; i < dissections_max; i++) held.push_back(dissections.take_place());
    EXPECT_TRUE(held.back());
    EXPECT_FALSE(dissections.take_place());
    held.pop_back();
    EXPECT_TRUE(dissections.take_place());
}

// A block of pcapng with nothing but zeros in it.
std::string block(packets::BlockType type, uint32_t bytes) {
    std::string out(bytes, '\0');
    std::memcpy(out.data(), &type, 4);
    std::memcpy(out.data() + 4, &bytes, 4);
    std::memcpy(out.data() + bytes - 4, &bytes, 4);
    return out;
}

std::string content(const CaptureFile& file) {
    std::string out(1 << 20, '\0');
    const ssize_t got = ::pread(file.fd(), out.data(), out.size(), 0);
    out.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return out;
}

TEST(CaptureFileTest, TakesWholeBlocksOutOfPiecesOfAnySize) {
    const std::string whole = block(packets::BlockType::section_header, 28) +
                              block(packets::BlockType::enhanced_packet, 64) +
                              block(packets::BlockType::enhanced_packet, 32);
    for (size_t piece = 1; piece <= whole.size(); piece++) {
        auto file = CaptureFile::make();
        ASSERT_TRUE(file);
        std::string bytes;
        for (size_t at = 0; at < whole.size(); at += piece) {
            bytes += whole.substr(at, piece);
            ASSERT_TRUE(file->take(bytes));
        }
        EXPECT_EQ(content(*file), whole);
        EXPECT_EQ(file->packets(), 2u);
        EXPECT_TRUE(bytes.empty());
    }
}

TEST(CaptureFileTest, IsFullAtSoManyPacketsOrBytes) {
    auto many = CaptureFile::make();
    std::string bytes;
    for (uint64_t i = 0; i <= capture_packets_max; i++)
        bytes += block(packets::BlockType::enhanced_packet, 32);
    EXPECT_FALSE(many->take(bytes));
    EXPECT_EQ(many->packets(), capture_packets_max);

    auto large = CaptureFile::make();
    const std::string megabyte = block(packets::BlockType::enhanced_packet, 1 << 20);
    size_t taken = 0;
    for (std::string one = megabyte; large->take(one); one = megabyte) taken++;
    EXPECT_EQ(taken, capture_bytes_max >> 20);
}

}  // namespace
}  // namespace baleen::sharkd
