#include "rules/rule_text.h"

#include <gtest/gtest.h>

#include "rules/import.h"
#include "rules/keywords.h"

namespace baleen::rules {
namespace {

using Words = std::vector<std::string_view>;

TEST(SplitRules, NumbersRulesByTheirFirstLine) {
    const auto lines = split_rules("# words\n\nalert tcp (sid:1;)\r\n  \nalert udp (sid:2;)");
    ASSERT_EQ(lines.rules.size(), 2u);
    EXPECT_EQ(lines.rules[0].line, 3u);
    EXPECT_EQ(lines.rules[0].text, "alert tcp (sid:1;)");
    EXPECT_EQ(lines.rules[1].line, 5u);
    EXPECT_EQ(lines.commented_out, 0u);
}

TEST(SplitRules, JoinsContinuedLines) {
    const auto lines = split_rules("alert tcp \\\n  (sid:1; \\\n  rev:2;)\nalert udp (sid:2;)\n");
    ASSERT_EQ(lines.rules.size(), 2u);
    EXPECT_EQ(lines.rules[0].text, "alert tcp  (sid:1;  rev:2;)");
    EXPECT_EQ(lines.rules[1].line, 4u);
}

TEST(SplitRules, GoesOnUntilTheParenthesisCloses) {
    const auto lines = split_rules(
        "alert tcp any any -> any any (\n msg:\"a (b\";\n sid:1;\n)\n"
        "alert udp (sid:2;)\n");
    ASSERT_EQ(lines.rules.size(), 2u);
    EXPECT_EQ(lines.rules[0].text, "alert tcp any any -> any any ( msg:\"a (b\"; sid:1; )");
}

TEST(SplitRules, LetsAnUnclosedRuleEndWhereTheNextBegins) {
    const auto lines = split_rules("alert tcp (sid:1;\nalert udp (sid:2;)\n");
    ASSERT_EQ(lines.rules.size(), 2u);
    EXPECT_EQ(lines.rules[1].text, "alert udp (sid:2;)");
}

TEST(SplitRules, CountsRulesThatAreCommentedOut) {
    const auto lines =
        split_rules("#alert tcp (sid:1;)\n# drop udp (sid:2;)\n# alert me\n#\n## x\n");
    EXPECT_TRUE(lines.rules.empty());
    EXPECT_EQ(lines.commented_out, 2u);
}

TEST(SplitRules, KeepsNoMoreOfARuleThanIsNeededToRefuseIt) {
    const auto lines = split_rules("alert tcp (" + std::string(5 * rule_bytes_max, 'x') + "\ny\n");
    ASSERT_EQ(lines.rules.size(), 1u);
    EXPECT_EQ(lines.rules[0].text.size(), rule_bytes_max + 1);
    const auto parts = split_rule(lines.rules[0].text);
    ASSERT_FALSE(parts);
    EXPECT_NE(parts.error().message.find("longer"), std::string::npos);
}

TEST(SplitRule, TellsHeaderWordsAndOptions) {
    const auto parts = split_rule(
        "alert tcp [1.2.3.4, 5.6.7.8] any -> any [80, 81] (msg:\"a; b: (c)\"; nocase; "
        "pcre:\"/\\\"\\;x/\";reference:url,x.org/(y) ; sid : 4;)");
    ASSERT_TRUE(parts) << parts.error().message;
    EXPECT_EQ(parts->header,
              (Words{"alert", "tcp", "[1.2.3.4, 5.6.7.8]", "any", "->", "any", "[80, 81]"}));
    ASSERT_EQ(parts->options.size(), 5u);
    EXPECT_EQ(parts->options[0].name, "msg");
    EXPECT_EQ(parts->options[0].value, "\"a; b: (c)\"");
    EXPECT_FALSE(parts->options[1].has_value);
    EXPECT_EQ(parts->options[2].value, "\"/\\\"\\;x/\"");
    EXPECT_EQ(parts->options[3].value, "url,x.org/(y)");
    EXPECT_EQ(parts->options[4].name, "sid");
    EXPECT_EQ(parts->options[4].value, "4");
}

TEST(SplitRule, SaysWhatIsWrong) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "does not begin a rule"},
        {"hello (sid:1;)", "does not begin a rule"},
        {"alert tcp any any -> any any", "no options"},
        {"alert tcp (msg:\"a; sid:1;)", "a quote is not closed"},
        {"alert tcp (sid:1;", "closing ) is missing"},
        {"alert tcp (sid:1)", "the ; behind"},
        {"alert tcp (:1;)", "is not an option"},
        {"alert tcp (two words:1;)", "is not an option"},
    };
    for (const auto& [text, why] : cases) {
        const auto parts = split_rule(text);
        ASSERT_FALSE(parts) << text;
        EXPECT_NE(parts.error().message.find(why), std::string::npos) << parts.error().message;
    }
    std::string many = "alert tcp (";
    for (size_t i = 0; i <= options_max; i++) many += "a;";
    EXPECT_FALSE(split_rule(many + ")"));
}

TEST(ParseLiteral, MixesTextAndHexadecimal) {
    const std::pair<const char*, std::string> cases[] = {
        {"abc", "abc"},
        {"|41 42|c|0d0A|", "ABc\r\n"},
        {R"(a\"b\\c\;d\:e\|)", "a\"b\\c;d:e|"},
        {"|00|", std::string(1, '\0')},
        {"x|  41  |y", "xAy"},
    };
    for (const auto& [text, bytes] : cases) {
        const auto literal = parse_literal(text);
        ASSERT_TRUE(literal) << text;
        EXPECT_EQ(*literal, bytes) << text;
    }
}

TEST(ParseLiteral, RefusesHalfBytesAndOpenEnds) {
    for (const char* text : {"", "||", "|4|", "|41 4|", "|4 1|", "|41", "|xy|", "a\\", "a\\n"})
        EXPECT_FALSE(parse_literal(text)) << text;
}

TEST(SplitList, LooksIntoNeitherQuotesNorBrackets) {
    EXPECT_EQ(split_list("a, \"b,c\" ,[d,[e,f]],g", ','),
              (Words{"a", "\"b,c\"", "[d,[e,f]]", "g"}));
    EXPECT_EQ(split_list("", ','), Words{""});
}

TEST(DetectDialect, GoesByHowContentsAreWritten) {
    const auto detect = [](const char* text) { return detect_dialect(split_rules(text).rules); };
    EXPECT_EQ(detect("alert tcp any any -> any any (content:\"a\"; nocase; sid:1;)"),
              Dialect::suricata);
    EXPECT_EQ(detect("alert tcp any any -> any any (content:\"a\",nocase; sid:1;)"),
              Dialect::snort3);
    EXPECT_EQ(detect("alert tcp any any -> any any (content:\"a\"; service:http; sid:1;)"),
              Dialect::snort3);
    EXPECT_EQ(detect("alert tcp any any -> any any (content:\"a,b\"; sid:1;)"), Dialect::suricata);
    EXPECT_EQ(detect(""), Dialect::suricata);
}

}  // namespace
}  // namespace baleen::rules
