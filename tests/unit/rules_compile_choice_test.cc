#include <hs/hs.h>

#include "rules/compile/choice.h"
#include "rules/compile/rarity.h"
#include "rules/compile/regex_text.h"
#include "tests/unit/rules_compile_run.h"

namespace baleen::rules::compile {
namespace {

Regex regex_of(std::string pattern) {
    Regex regex;
    regex.pattern = std::move(pattern);
    return regex;
}

// The pattern that is tried first for a TCP rule of these options.
Candidate first(const std::string& options) {
    const RuleSet set = rule_of(options);
    const auto all = candidates(set.rules.at(0));
    return all.empty() ? Candidate{{"none"}, PatternKind::weak} : all[0];
}

bool is_direct(const std::string& options) { return first(options).kind == PatternKind::direct; }

bool judged_at_end(const std::string& options) {
    return is_judged_at_end(rule_of(options).rules.at(0));
}

TEST(RulesCompileExpression, EscapesEveryByte) {
    EXPECT_EQ(escape(std::string_view("a.\0\xff\n", 5)), R"(\x61\x2e\x00\xff\x0a)");
    EXPECT_EQ(escape(""), "");
    EXPECT_EQ(of_bytes("a", true).flags, unsigned{HS_FLAG_SINGLEMATCH | HS_FLAG_CASELESS});
    EXPECT_EQ(of_bytes(std::string(5'000, 'a'), false).text.size(), 4 * literal_bytes_max);
}

TEST(RulesCompileExpression, GivesTheEndsThatAWindowAllows) {
    Literal literal;
    literal.bytes = "abcd";
    EXPECT_EQ(of_literal(literal, true).max_offset, Expression::no_max);
    literal.from = {3};
    EXPECT_EQ(of_literal(literal, true).min_offset, 7u);
    EXPECT_EQ(of_literal(literal, false).min_offset, 0u);
    literal.length = Number{10};
    EXPECT_EQ(of_literal(literal, true).max_offset, 13u);
    // Cut at the start of the buffer; the end stays.
    literal.from = {-5};
    EXPECT_EQ(of_literal(literal, true).min_offset, 0u);
    EXPECT_EQ(of_literal(literal, true).max_offset, 5u);
}

TEST(RulesCompileRegexText, FindsBytesThatEveryMatchHas) {
    using Runs = std::vector<std::string>;
    const std::pair<const char*, Runs> cases[] = {
        {"abc", {"abc"}},
        {"abc?d", {"ab", "d"}},
        {"abc*d+e", {"ab", "d", "e"}},
        {"ab{2,3}c", {"ab", "c"}},
        {"ab{0,3}c", {"a", "c"}},
        {"ab{,3}c", {"a", "c"}},
        {"a{b", {"a{b"}},
        {"a|b", {}},
        {"(a|b)cd", {"cd"}},
        {"x(?:ab)?y", {"x", "y"}},
        {R"(a\x41\x{42}\n\.)", {"aAB\n."}},
        {R"(\d+abc\1234def)", {"abc", "def"}},
        {R"(\Qa.b\E.c)", {"a.b", "c"}},
        {"[abc]de[^]x]f[[:alpha:]]g", {"de", "f", "g"}},
        {R"([\]]a[\Q]\E]b)", {"a", "b"}},
        {"^ab$", {"ab"}},
        {"ab(?!cd)ef", {"ab", "ef"}},
        {"(?#abc)de", {"de"}},
        {R"(\p{Lu}ab\g{1}cd\k<ef>gh\cAij)", {"ab", "cd", "gh", "ij"}},
        {R"((?<name>ab)cd\o{101})", {"cd"}},
        {"a(?>b|c)d", {}},  // a branch of it may end the match
        {"(*ACCEPT)ab", {}},
    };
    for (const auto& [pattern, runs] : cases)
        EXPECT_EQ(read_regex(regex_of(pattern)).runs, runs) << pattern;
    Regex extended = regex_of("ab # comment (");
    extended.extended = true;
    EXPECT_TRUE(read_regex(extended).runs.empty());
    EXPECT_EQ(read_regex(regex_of(R"(a\x2eb)")).whole, "a.b");
    EXPECT_FALSE(read_regex(regex_of("(?i)ab")).whole);
    EXPECT_FALSE(read_regex(regex_of("ab+")).whole);
}

TEST(RulesCompileRegexText, SeesWhatAsksForMoreThanBytes) {
    const auto text = [](const char* pattern) { return read_regex(regex_of(pattern)); };
    EXPECT_TRUE(text("^a").begins_with_caret);
    EXPECT_FALSE(text("^a").asks_start);
    for (const char* pattern : {"(^|x)a", R"(\Aa)", R"(\Ga)", "a^"})
        EXPECT_TRUE(text(pattern).asks_start) << pattern;
    for (const char* pattern : {"a$", "(a$)", R"(a\z)", R"(a\Z)", "a$|b"})
        EXPECT_TRUE(text(pattern).asks_end) << pattern;
    for (const char* pattern : {R"(a\$)", "a[$]", R"(a[\]$])", R"(\Qa$\E)", "a[[:digit:]$]"})
        EXPECT_FALSE(text(pattern).asks_end) << pattern;
    EXPECT_TRUE(text("ab$").ends_with_dollar);
    for (const char* pattern : {"a$|b$", "(a$)", "a$b$", R"(a\z$)", "a|b$"})
        EXPECT_FALSE(text(pattern).ends_with_dollar) << pattern;
    for (const char* pattern : {"a*+b", "a++", "a?+", "a{2}+", "(?>a)", "(?(1)a)", "(?R)", "(?|a)"})
        EXPECT_TRUE(text(pattern).commits) << pattern;
    EXPECT_FALSE(text("a+b[*+]+").commits);
    EXPECT_TRUE(text("a(?=b)").looks_ahead);
    EXPECT_TRUE(text("(?<!a)b").looks_behind);
    EXPECT_FALSE(text("(?<a>b)").looks_behind);
    EXPECT_TRUE(text(R"(a\b)").asks_word_edge);
    EXPECT_FALSE(text(R"(a[\b])").asks_word_edge);
    EXPECT_FALSE(text("(?is)a").sets_options);
    EXPECT_TRUE(text("(?m)a").sets_options);
    EXPECT_TRUE(text("(?x)a#(").commits);  // everything is doubtful
}

TEST(RulesCompileRarity, PrefersWhatSeldomOccurs) {
    EXPECT_LT(rarity("HTTP/1.1", false), rarity_min);
    EXPECT_LT(rarity(std::string_view("\0\0\0\0\0\0", 6), false), rarity_min);
    EXPECT_LT(rarity("a", false), rarity_min);
    EXPECT_GE(rarity("xyz", false), rarity_min);
    EXPECT_LT(rarity("Zqwx", true), rarity("Zqwx", false));
    EXPECT_EQ(rarity(std::string(500, 'x') + "qwertzuiopasdf1!", false), rarity_max);
}

TEST(RulesCompileChoice, TakesTheAuthorsOrTheRarestBytes) {
    EXPECT_EQ(first(R"(content:"HTTP/1.1"; content:"qzx!"; content:"GET /"; distance:0;)")
                  .expression.text,
              escape("qzx!"));
    EXPECT_EQ(first(R"(content:"abcd"; fast_pattern; content:"qzxw!!evil#9"; distance:0;)")
                  .expression.text,
              escape("abcd"));
    // Too short to be believed.
    EXPECT_EQ(first(R"(content:"ab"; fast_pattern; content:"qzxw"; distance:0;)").expression.text,
              escape("qzxw"));
    EXPECT_EQ(first(R"(content:!"qzxwvutsrq"; content:"abcd"; nocase;)").expression,
              of_bytes("abcd", true));
    // Bytes within an expression count as well.
    EXPECT_EQ(first(R"(content:"ab"; pcre:"/qzxw\d+(a|b)$/R";)").expression.text, escape("qzxw"));
    // What stands in every message of SMB is still better than one byte, or an expression of one.
    EXPECT_EQ(first(R"(content:"|00|"; depth:1; content:"|FF|SMB"; distance:3; pcre:"/^(s|t)/R";)")
                  .expression.text,
              escape("\xffSMB"));
    // A window is kept, if it counts from the start.
    const auto windowed = first(R"(content:"abcd"; offset:2; depth:9; content:"x"; distance:1;)");
    EXPECT_EQ(windowed.expression.min_offset, 6u);
    EXPECT_EQ(windowed.expression.max_offset, 11u);
}

TEST(RulesCompileChoice, FallsBackToExpressionsAndThenToFrequentBytes) {
    EXPECT_EQ(first(R"(content:"|FF|SMB"; content:"|00|"; distance:0;)").kind, PatternKind::weak);
    const auto all = candidates(rule_of(R"(content:"a"; pcre:"/[0-9]{3}[a-f]$/R";)").rules.at(0));
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].kind, PatternKind::regex);
    EXPECT_EQ(all[0].expression.text, "[0-9]{3}[a-f]");  // sooner seen without its end
    EXPECT_EQ(all[1].kind, PatternKind::prefilter);
    EXPECT_TRUE(all[1].expression.flags & HS_FLAG_PREFILTER);
    EXPECT_EQ(all[2].expression.text, escape("a"));
    EXPECT_TRUE(candidates(rule_of("byte_test:1,>,3,0;").rules.at(0)).empty());
    EXPECT_TRUE(candidates(rule_of(R"(content:!"abcd";)").rules.at(0)).empty());
}

TEST(RulesCompileChoice, LooksForRelativeExpressionsWithoutTheirAnchor) {
    EXPECT_EQ(first(R"(content:"a"; pcre:"/^[0-9]x/R";)").expression.text, "[0-9]x");
    // What they see at the position is not what is there.
    for (const char* pattern : {R"(\b[0-9]x)", "(^|a)[0-9]x", "(?<!a)[0-9]x", R"(\A[0-9]x)"})
        EXPECT_EQ(first(R"(content:"a"; pcre:"/)" + std::string(pattern) + R"(/R";)").kind,
                  PatternKind::weak)
            << pattern;
}

TEST(RulesCompileChoice, IsDirectOnlyIfThePatternIsAllOfTheRule) {
    for (const char* options :
         {R"(content:"a";)", R"(content:"abcd"; nocase; offset:3; depth:10;)",
          R"(content:"abcd"; startswith;)", R"(pcre:"/a+b[0-9]/i";)", R"(pcre:"/^ab+/";)",
          R"(pcre:"/^ab+/m";)", R"(pcre:"/ab.+c/s";)", R"(pcre:"/(^|x)ab+/";)",
          R"(pcre:"/(?i)ab?c/";)", R"(pcre:"/ab?c/A";)", R"(pcre:"/ab??c/G";)", R"(pcre:"/abc/R";)",
          R"(dsize:>5; content:"ab";)"})
        EXPECT_TRUE(is_direct(options)) << options;
    for (const char* options :
         {R"(content:"abcd"; endswith;)", R"(content:"ab"; content:"cd";)",
          R"(content:"abcd"; isdataat:4,relative;)", R"(pcre:"/ab+$/";)", R"(pcre:"/ab+\z/";)",
          R"(pcre:"/ab+\b/";)", R"(pcre:"/ab+(?=c)/";)", R"(pcre:"/(?<=c)ab+/";)",
          R"(pcre:"/(?>ab+)c/";)", R"(pcre:"/ab++c/";)", R"(pcre:"/(\n|a)^b/m";)",
          R"(pcre:"/(?m)^ab+/";)", R"(pcre:"/ab+ c/x";)", R"(content:!"abcd";)",
          R"(pcre:!"/abcd/";)"})
        EXPECT_FALSE(is_direct(options)) << options;
}

TEST(RulesCompileChoice, JudgesAtTheEndWhatBytesToComeMayUndo) {
    for (const char* options :
         {R"(content:"ab"; content:!"cd"; distance:0;)", R"(content:"ab"; endswith;)",
          R"(content:"ab"; isdataat:!4,relative;)", R"(pcre:"/ab$/";)", R"(pcre:"/ab\b/";)",
          R"(pcre:"/a(?!b)/";)", R"(pcre:"/a++b/";)", R"(pcre:!"/ab/";)",
          R"(pcre:"/a+b?/"; content:"c"; distance:0;)",
          R"(content:"ab"; byte_jump:1,0,relative,from_end;)"})
        EXPECT_TRUE(judged_at_end(options)) << options;
    for (const char* options :
         {R"(content:"ab"; content:"cd"; distance:0;)", R"(content:"ab"; isdataat:4,relative;)",
          R"(pcre:"/^a+b/"; content:"cd";)", R"(content:"ab"; pcre:"/c+d/R";)",
          R"(pcre:"/(a)b\1/";)", R"(content:"ab"; byte_test:2,>,4,0,relative;)"})
        EXPECT_FALSE(judged_at_end(options)) << options;
}

}  // namespace
}  // namespace baleen::rules::compile
