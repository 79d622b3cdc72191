#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "rules/compile/cache.h"
#include "tests/unit/rules_compile_run.h"
#include "tests/unit/temp_folder.h"

namespace baleen::rules::compile {
namespace {

RuleSet rules() {
    return rules_of(
        {"tcp any any -> any 80 (content:\"abcd\";)", "tcp any any -> any 80 (byte_test:1,>,3,0;)",
         "tcp any any -> any 80 (content:\"abcd\"; offset:3; depth:4; pcre:\"/a+/R\";)"});
}

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

class RulesCompileCache : public ::testing::Test {
protected:
    // The notices of the last call of run().
    std::vector<std::string> notices;
    test::TempFolder folder;
    RuleSet set = rules();
    CompileOptions options;
    ContentKey key = content_key(set, options);
    std::string path = Cache(folder.path("cache")).path_of(key);

    Compiled run() {
        notices.clear();
        auto result = compile_cached(set, options, folder.path("cache"), {}, notices);
        EXPECT_TRUE(result) << (result ? "" : result.error().message);
        return std::move(*result);
    }
    // It is compiled anew, with a notice, and what is stored then is right.
    void expect_ignored(const std::string& reason) {
        EXPECT_FALSE(run().report.cached) << reason;
        ASSERT_EQ(notices.size(), 1u) << reason;
        EXPECT_EQ(notices[0], path + " is not used: " + reason);
        EXPECT_TRUE(run().report.cached);
        EXPECT_TRUE(notices.empty());
    }
    void overwrite(size_t at, const std::string& bytes) {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(static_cast<std::streamoff>(at));
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
};

TEST_F(RulesCompileCache, GivesBackWhatWasCompiled) {
    const Compiled first = run();
    EXPECT_FALSE(first.report.cached);
    const Compiled second = run();
    EXPECT_TRUE(second.report.cached);
    EXPECT_TRUE(notices.empty());
    EXPECT_TRUE(std::ranges::equal(first.image.span(), second.image.span()));
    EXPECT_EQ(second.report.counts, first.report.counts);
    EXPECT_EQ(second.report.expensive, first.report.expensive);
    EXPECT_EQ(second.report.expensive.size(), 1u);
    EXPECT_EQ(second.report.database_bytes, first.report.database_bytes);
    EXPECT_EQ(second.report.scratch_bytes, first.report.scratch_bytes);
    EXPECT_EQ(second.report.groups.size(), first.report.groups.size());
    size_t files = 0;
    for ([[maybe_unused]] const auto& file :
         std::filesystem::directory_iterator(folder.path("cache")))
        files++;
    EXPECT_EQ(files, 1u);
}

TEST_F(RulesCompileCache, TellsDroppedRulesAgain) {
    set = rules_of(
        {"udp any any -> any 80 (content:\"abcd\";)", "udp any any -> any 80 (pcre:\"/a(b/\";)"});
    const Compiled first = run();
    ASSERT_EQ(first.report.dropped.size(), 1u);
    const Compiled second = run();
    EXPECT_TRUE(second.report.cached);
    EXPECT_EQ(second.report.dropped, first.report.dropped);
}

TEST_F(RulesCompileCache, IgnoresAFileThatIsDamagedAtAnyPlace) {
    run();
    const size_t size = read(path).size();
    const std::string whole = read(path);
    for (const size_t at : {size_t{96}, size_t{200}, size / 2, size - 1}) {
        const char flipped = static_cast<char>(whole[at] ^ 1);
        overwrite(at, std::string(1, flipped));
        expect_ignored("it is damaged");
    }
}

TEST_F(RulesCompileCache, IgnoresAFileThatIsCutOrForeign) {
    run();
    std::filesystem::resize_file(path, read(path).size() - 1);
    expect_ignored("it has a wrong size");
    std::filesystem::resize_file(path, 20);
    expect_ignored("it is cut short");
    std::filesystem::resize_file(path, 0);
    expect_ignored("it is cut short");
    std::ofstream(path) << std::string(5000, 'x');
    expect_ignored("it is no file of the cache");
}

TEST_F(RulesCompileCache, IgnoresAFileOfOtherRulesUnderTheName) {
    run();
    const std::string other = read(path);
    set.rules[0].name = "another";
    const ContentKey other_key = content_key(set, options);
    ASSERT_NE(other_key, key);
    path = Cache(folder.path("cache")).path_of(other_key);
    std::ofstream(path, std::ios::binary) << other;
    expect_ignored("it was made of other rules");
}

// With checksums that are right: only what is in the image can tell.
TEST_F(RulesCompileCache, IgnoresAnImageOfAnotherVersionOrCpu) {
    const Cache cache(folder.path("cache"));
    const hs_platform_info_t platform = platform_of(options);
    std::string notice;
    Compiled other = run();
    auto& header = *reinterpret_cast<ruleset::Header*>(other.image.span().data());
    header.cpu_features ^= 1;
    ASSERT_EQ(cache.store(key, other), "");
    EXPECT_FALSE(cache.find(key, platform, notice));
    EXPECT_EQ(notice, path + " is not used: it is for another CPU");
    header.cpu_features ^= 1;
    header.hyperscan_version = {'4', '.', '7'};
    ASSERT_EQ(cache.store(key, other), "");
    EXPECT_FALSE(cache.find(key, platform, notice));
    EXPECT_EQ(notice,
              path + " is not used: it was made by Hyperscan 4.7, and this is " + ::hs_version());
    header.version++;
    ASSERT_EQ(cache.store(key, other), "");
    EXPECT_FALSE(cache.find(key, platform, notice));
    EXPECT_NE(notice.find("layout version"), std::string::npos);
}

TEST_F(RulesCompileCache, IsNoReasonToFail) {
    folder.write("cache", "a file where the folder should be");
    EXPECT_FALSE(run().report.cached);
    ASSERT_EQ(notices.size(), 2u);
    EXPECT_NE(notices[0].find("Not a directory"), std::string::npos);
    EXPECT_NE(notices[1].find("are not kept"), std::string::npos);
}

TEST_F(RulesCompileCache, ChecksTheBudgetOfWhatItHas) {
    run();
    options.memory_bytes_max = 1000;
    const auto result = compile_cached(set, options, folder.path("cache"), {}, notices);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("and the budget is 0.0 MiB"), std::string::npos);
}

}  // namespace
}  // namespace baleen::rules::compile
