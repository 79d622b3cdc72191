#include "rules/rule_set.h"

#include <gtest/gtest.h>

#include "rules/classification.h"
#include "tests/unit/temp_folder.h"

namespace baleen::rules {
namespace {

const char* const native_rules = "[[rule]]\nid = 1\nname = \"n\"\nliterals = [\"a\"]\n";
const char* const suricata_rules =
    "alert tcp $HOME_NET any -> any 80 (msg:\"s\"; content:\"a\"; nocase; classtype:mine; sid:2;)\n"
    "#alert tcp any any -> any any (sid:3;)\n"
    "alert http any any -> any any (content:\"a\"; sid:4;)\n"
    "alert tcp any any -> any any (content:a; sid:5;)\n";
const char* const snort3_rules =
    "alert tcp any any -> any any ( msg:\"3\"; content:\"a\",nocase; isdataat:1; sid:6; )\n";

TEST(LoadRules, TellsFormatsApart) {
    const test::TempFolder folder;
    const RuleSet set =
        load_rules({folder.write("a.toml", native_rules), folder.write("b", suricata_rules),
                    folder.write("c.rules", snort3_rules), folder.write("d", "")},
                   {});
    ASSERT_EQ(set.rules.size(), 3u);
    EXPECT_EQ(set.rules[0].id, 1u);
    EXPECT_EQ(set.rules[1].id, 2u);
    EXPECT_EQ(set.rules[2].id, 6u);
    EXPECT_EQ(set.rules[2].file, folder.path("c.rules"));
    EXPECT_TRUE(std::get<Literal>(set.rules[2].steps[0]).nocase);
    ASSERT_EQ(set.problems.size(), 1u);
    EXPECT_EQ(format_problem(set.problems[0]),
              folder.path("b") + ":4: content: 'a' is not in quotes");
    ASSERT_EQ(set.refused.size(), 1u);
    EXPECT_EQ(set.refused[0].id, 4u);
    EXPECT_EQ(set.refused[0].line, 3u);
    const Counts& counts = set.counts;
    EXPECT_EQ(counts.rules, counts.exact + counts.prefilter + counts.refused + counts.invalid);
    EXPECT_EQ(std::tuple(counts.rules, counts.exact, counts.refused, counts.invalid),
              std::tuple(5u, 3u, 1u, 1u));
    EXPECT_EQ(std::tuple(counts.commented_out, counts.payload_only, counts.payload_only_exact),
              std::tuple(1u, 3u, 3u));
}

TEST(LoadRules, SaysWhichFileCannotBeRead) {
    const RuleSet set = load_rules({"/nowhere/a.rules"}, {});
    ASSERT_EQ(set.problems.size(), 1u);
    EXPECT_NE(format_problem(set.problems[0]).find("/nowhere/a.rules: cannot be read"),
              std::string::npos);
}

TEST(LoadRules, NamesBothPlacesOfADuplicate) {
    RuleSet set;
    load_text(native_rules, "a.toml", {}, set);
    load_text(
        "\nalert udp any any -> any any (sid:1;)\nalert udp any any -> any any (sid:1; gid:2;)",
        "b.rules", {}, set);
    EXPECT_EQ(set.rules.size(), 2u);
    ASSERT_EQ(set.problems.size(), 1u);
    EXPECT_EQ(format_problem(set.problems[0]),
              "b.rules:2: rule 1:1 is already defined at a.toml:1");
    EXPECT_EQ(set.counts.invalid, 1u);
}

TEST(LoadRules, TakesVariablesAndPriorities) {
    const test::TempFolder folder;
    LoadOptions options;
    options.variables = {{"HOME_NET", "1.2.3.4"}};
    options.classification =
        folder.write("c", "# x\nconfig classification: mine,My own,7\nconfig nonsense\n");
    const RuleSet set = load_rules({folder.write("b", suricata_rules)}, options);
    ASSERT_EQ(set.rules.size(), 1u);
    EXPECT_EQ(set.rules[0].src.v4.ranges()[0].first, 0x01020304u);
    EXPECT_EQ(set.rules[0].severity, 7u);
    ASSERT_EQ(set.problems.size(), 2u);
    EXPECT_NE(set.problems[0].message.find(":3: not 'config classification"), std::string::npos);
}

TEST(LoadRules, KeepsRefusalsOfPrefilters) {
    LoadOptions options;
    options.prefilter = true;
    RuleSet set;
    load_text(suricata_rules, "b", options, set);
    ASSERT_EQ(set.rules.size(), 2u);
    EXPECT_TRUE(set.rules[1].prefilter_only);
    EXPECT_EQ(set.refused.size(), 1u);
    EXPECT_EQ(set.counts.refused, 0u);
    EXPECT_EQ(set.counts.prefilter, 1u);
}

TEST(LoadRules, TakesTheDialectThatIsAskedFor) {
    LoadOptions options;
    options.dialect = Dialect::snort3;
    RuleSet set;
    load_text("alert tcp any any -> any any (isdataat:3,relative; sid:1;)", "a", options, set);
    ASSERT_EQ(set.rules.size(), 1u);
    EXPECT_EQ(std::get<IsDataAt>(set.rules[0].steps[0]).bytes, Number{4});
}

}  // namespace
}  // namespace baleen::rules
