#include <gtest/gtest.h>

#include "rules/pattern_file.h"
#include "tests/unit/temp_folder.h"

namespace baleen::rules {
namespace {

TEST(RulesPatternFile, ReadsALineEach) {
    RuleSet set;
    load_pattern_text("7:/ab\\/c:\\d/is\r\n\n# comment\n4294967295:/^a$/mH", "p.txt", 3, set);
    ASSERT_TRUE(set.problems.empty());
    ASSERT_EQ(set.rules.size(), 2u);
    EXPECT_EQ(set.counts.rules, 2u);
    const Rule& first = set.rules[0];
    EXPECT_EQ(first.gid, 3u);
    EXPECT_EQ(first.id, 7u);
    EXPECT_EQ(first.line, 1u);
    EXPECT_EQ(first.protocol, Protocol::ip);
    EXPECT_EQ(first.scope, Scope::stream);
    const Regex& regex = std::get<Regex>(first.steps.at(0));
    EXPECT_EQ(regex.pattern, "ab\\/c:\\d");
    EXPECT_TRUE(regex.caseless && regex.dot_all && !regex.multi_line);
    EXPECT_EQ(set.rules[1].id, 4294967295u);
    EXPECT_EQ(set.rules[1].line, 4u);
    EXPECT_EQ(set.rules[1].scope, Scope::either);
    EXPECT_TRUE(std::get<Regex>(set.rules[1].steps.at(0)).multi_line);
}

TEST(RulesPatternFile, NamesWhatIsWrongAndGoesOn) {
    const std::pair<const char*, const char*> cases[] = {
        {"1/ab/", "p:1: the line is not ID:/EXPRESSION/FLAGS"},
        {"1:ab/", "p:1: the line is not ID:/EXPRESSION/FLAGS"},
        {"1:/ab", "p:1: the line is not ID:/EXPRESSION/FLAGS"},
        {"1:/", "p:1: the line is not ID:/EXPRESSION/FLAGS"},
        {"x:/ab/", "p:1: 'x' is not an id; it is a number of up to 32 bits"},
        {":/ab/", "p:1: '' is not an id; it is a number of up to 32 bits"},
        {"4294967296:/ab/", "p:1: '4294967296' is not an id; it is a number of up to 32 bits"},
        {"1://", "p:1: the expression is empty"},
        {"1:/ab/q", "p:1: 'q' is not a flag; i, s, m and H are"},
    };
    for (const auto& [line, problem] : cases) {
        RuleSet set;
        load_pattern_text(std::string(line) + "\n2:/cd/", "p", 1, set);
        ASSERT_EQ(set.problems.size(), 1u) << line;
        EXPECT_EQ(format_problem(set.problems[0]), problem);
        EXPECT_EQ(set.rules.size(), 1u);
    }
    RuleSet set;
    load_pattern_text("2:/ab/\n2:/cd/", "p", 1, set);
    ASSERT_EQ(set.problems.size(), 1u);
    EXPECT_EQ(format_problem(set.problems[0]), "p:2: pattern 2 is already defined");
}

TEST(RulesPatternFile, CountsFilesByGid) {
    const test::TempFolder folder;
    const RuleSet set = load_patterns(
        {folder.write("a", "1:/ab/\n"), folder.path("none"), folder.write("b", "1:/ab/\n")});
    ASSERT_EQ(set.rules.size(), 2u);
    EXPECT_EQ(set.rules[0].gid, 1u);
    EXPECT_EQ(set.rules[1].gid, 3u);
    ASSERT_EQ(set.problems.size(), 1u);
    EXPECT_EQ(set.problems[0].file, folder.path("none"));
}

}  // namespace
}  // namespace baleen::rules
