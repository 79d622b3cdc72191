// What is chosen, against the bytes: a window by hand, expressions by PCRE2.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

#include "tests/unit/random.h"
#include "tests/unit/rules_compile_run.h"

namespace baleen::rules::compile {
namespace {

using ruleset::Protocol;
using ruleset::Side;

// First match of PCRE2, or none.
class Pcre {
public:
    explicit Pcre(const Regex& regex) {
        uint32_t options = 0;
        if (regex.caseless) options |= PCRE2_CASELESS;
        if (regex.dot_all) options |= PCRE2_DOTALL;
        if (regex.multi_line) options |= PCRE2_MULTILINE;
        if (regex.extended) options |= PCRE2_EXTENDED;
        if (regex.anchored) options |= PCRE2_ANCHORED;
        if (regex.dollar_end_only) options |= PCRE2_DOLLAR_ENDONLY;
        int error = 0;
        PCRE2_SIZE at = 0;
        code_ = ::pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.pattern.data()),
                                regex.pattern.size(), options, &error, &at, nullptr);
        EXPECT_NE(code_, nullptr) << regex.pattern;
        match_ = ::pcre2_match_data_create_from_pattern(code_, nullptr);
    }
    ~Pcre() {
        ::pcre2_match_data_free(match_);
        ::pcre2_code_free(code_);
    }
    bool matches(std::string_view data) const {
        return ::pcre2_match(code_, reinterpret_cast<PCRE2_SPTR>(data.data()), data.size(), 0, 0,
                             match_, nullptr) >= 0;
    }

private:
    pcre2_code* code_;
    pcre2_match_data* match_;
};

TEST(RulesCompileScan, FindsLiteralsWithinTheirWindowsOnly) {
    const std::pair<const char*, std::pair<int64_t, int64_t>> cases[] = {
        // first and last position where the three bytes may begin
        {"", {0, 99}},           {"offset:4;", {4, 99}},
        {"depth:5;", {0, 2}},    {"offset:4; depth:5;", {4, 6}},
        {"startswith;", {0, 0}}, {"offset:1; depth:3;", {1, 1}}};
    for (const auto& [window, positions] : cases) {
        const Compiled result = compiled(rules_of(
            {"tcp any any -> any any (content:\"a.Z\"; " + std::string(window) + ")",
             "udp any any -> any any (content:\"a.Z\"; nocase; " + std::string(window) + ")"}));
        const ruleset::Image image = image_of(result);
        const auto& tcp = group_of(image, Protocol::tcp, Side::to_server);
        const auto& udp = group_of(image, Protocol::udp, Side::to_server);
        ASSERT_NE(tcp.stream_database, ruleset::absent);
        Scanner stream(image, tcp.stream_database);
        Scanner block(image, udp.packet_database);
        EXPECT_TRUE(image.rules()[0].flags & ruleset::direct);
        for (int64_t at = 0; at < 12; at++) {
            std::string data(20, '-');
            data.replace(static_cast<size_t>(at), 3, "a.Z");
            const bool expected = positions.first <= at && at <= positions.second;
            for (const size_t piece : {1u, 2u, 3u, 20u})
                EXPECT_EQ(stream.scan_stream(data, piece).contains(1), expected)
                    << window << at << " in pieces of " << piece;
            EXPECT_EQ(block.scan(data).contains(2), expected) << window << at;
            data.replace(static_cast<size_t>(at), 3, "A.z");
            EXPECT_EQ(block.scan(data).contains(2), expected) << window << at;
            EXPECT_FALSE(stream.scan_stream(data, 7).contains(1));
            data.replace(static_cast<size_t>(at), 3, "aXZ");
            EXPECT_TRUE(block.scan(data).empty()) << "the dot is a dot";
        }
    }
}

constexpr const char* expressions[] = {"ab+c",
                                       "a.c",
                                       "^ab",
                                       "^a+b?c",
                                       "ab$",
                                       "^$a",
                                       "a\\nb",
                                       "^ab+$",
                                       "a[^b]c",
                                       "\\x61\\x62",
                                       "a{2,3}b",
                                       "(ab|bc)+a",
                                       "(a|^)bc",
                                       "(?i)aB",
                                       "a(?i)b",
                                       "(?i:a)b",
                                       "a(?s:.)b",
                                       "(?s).b",
                                       "\\Aab",
                                       "ab\\z",
                                       "ab\\Z",
                                       "\\bab",
                                       "ab\\b",
                                       "a\\Bb",
                                       "(a)b\\1",
                                       "a(?=b)",
                                       "a(?!b)",
                                       "(?<=a)b",
                                       "(?<!a)b",
                                       "(?>a+)b",
                                       "a++b",
                                       "a*+b",
                                       "a??b",
                                       "[[:alpha:]]b",
                                       "[a\\]b]c",
                                       "\\w\\s\\w",
                                       "\\D\\nb",
                                       "a|^b$",
                                       "(a$|b\\n)",
                                       "c\\n^a*",
                                       "b\\n(^|c)",
                                       "ab|b\\nc",
                                       "\\Qa.b\\E",
                                       "(?:^b|c)a",
                                       "\\Sa\\Sb",
                                       "a\\x0ab",
                                       "c[\\x00-\\x20]b",
                                       "(?m)^b",
                                       "(?m)a$",
                                       "(?x) a b",
                                       "(?<n>a)b",
                                       "(?#x)ab",
                                       "a{0}b",
                                       "\\Ka",
                                       "a\\Kb",
                                       "(?|a|b)c",
                                       "a\\Rb",
                                       "\\Nb"};

Rule regex_rule(const char* pattern, uint32_t flags, bool is_udp) {
    Regex regex;
    regex.pattern = pattern;
    regex.caseless = (flags & 1) != 0;
    regex.dot_all = (flags & 2) != 0;
    regex.multi_line = (flags & 4) != 0;
    regex.anchored = (flags & 8) != 0;
    regex.dollar_end_only = (flags & 16) != 0;
    regex.extended = (flags & 32) != 0;
    Rule rule;
    rule.protocol = is_udp ? rules::Protocol::udp : rules::Protocol::tcp;
    rule.scope = is_udp ? Scope::packet : Scope::stream;
    rule.steps.emplace_back(std::move(regex));
    return rule;
}

// A rule hits where PCRE2 matches. A direct one is found there and nowhere else; any other is
// found there, or judged on everything. On streams that holds before the end is known.
TEST(RulesCompileScan, MissesNoMatchOfAnExpression) {
    test::Random random;
    RuleSet set;
    for (const char* pattern : expressions)
        for (const uint32_t flags : {0u, 1u, 2u, 4u, 6u, 8u, 16u, 20u, 32u})
            for (const bool is_udp : {false, true}) {
                set.rules.push_back(regex_rule(pattern, flags, is_udp));
                set.rules.back().id = static_cast<uint32_t>(set.rules.size());
            }
    const Compiled result = compiled(set);
    EXPECT_TRUE(result.report.dropped.empty());
    EXPECT_GT(result.report.counts.direct, set.rules.size() / 4);
    const ruleset::Image image = image_of(result);
    const auto& tcp = group_of(image, Protocol::tcp, Side::to_server);
    const auto& udp = group_of(image, Protocol::udp, Side::to_server);
    Scanner stream(image, tcp.stream_database);
    Scanner block(image, udp.packet_database);
    std::set<uint32_t> always;
    for (const ruleset::Slice list : {tcp.stream_rules, udp.packet_rules})
        for (const uint32_t rule : image.rule_list(list)) always.insert(image.rules()[rule].id);
    EXPECT_LT(always.size(), set.rules.size() / 4);
    std::vector<std::unique_ptr<Pcre>> oracles;
    for (const Rule& rule : set.rules)
        oracles.push_back(std::make_unique<Pcre>(std::get<Regex>(rule.steps[0])));
    for (int round = 0; round < 400; round++) {
        std::string data(random.between(1, 9), '\0');
        for (char& c : data) c = "abc\n .AB"[random.below(8)];
        const auto in_stream = stream.scan_stream(data, random.between(1, 4));
        const auto in_block = block.scan(data);
        for (size_t i = 0; i < set.rules.size(); i++) {
            const uint32_t id = set.rules[i].id;
            const bool found = (i % 2 == 0 ? in_stream : in_block).contains(id);
            const bool expected = oracles[i]->matches(data);
            const bool direct = (image.rules()[i].flags & ruleset::direct) != 0;
            const bool right =
                direct ? found == expected : !expected || found || always.contains(id);
            ASSERT_TRUE(right) << set.rules[i].name
                               << std::get<Regex>(set.rules[i].steps[0]).pattern << " rule " << i
                               << (direct ? " direct" : " trigger") << " on '" << data
                               << "', found " << found;
        }
    }
}

TEST(RulesCompileScan, SharesAPatternAmongRules) {
    const Compiled result = compiled(
        rules_of({R"(tcp any any -> any any (content:"evil-bytes";))",
                  R"(tcp any any -> any any (content:"evil-bytes"; content:"x"; distance:3;))",
                  R"(tcp any any -> any any (content:"evil-bytes"; nocase;))"}));
    const ruleset::Image image = image_of(result);
    const auto& group = group_of(image, Protocol::tcp, Side::to_server);
    EXPECT_EQ(image.databases()[group.stream_database].pattern_count, 2u);
    Scanner scanner(image, group.stream_database);
    EXPECT_EQ(scanner.scan_stream("an evil-bytes", 4), (std::set<uint32_t>{1, 2, 3}));
    EXPECT_EQ(scanner.scan_stream("an EVIL-bytes", 4), (std::set<uint32_t>{3}));
    EXPECT_EQ(group.packet_database, ruleset::absent);
    EXPECT_EQ(group.keeps_bytes, 1u);
}

TEST(RulesCompileScan, KeepsPacketsAndStreamsApart) {
    // The first looks at streams, the second at packets, the third at both; the bytes are the same.
    const Compiled result = compiled(
        rules_of({R"(ip any any -> any any (content:"evil-bytes";))",
                  R"(tcp any any -> any any (dsize:>3; content:"evil-bytes";))",
                  R"(tcp any any -> any any (content:"evil-bytes"; offset:0; depth:99;))"}));
    const ruleset::Image image = image_of(result);
    const auto& tcp = group_of(image, Protocol::tcp, Side::to_client);
    const auto& udp = group_of(image, Protocol::udp, Side::to_client);
    Scanner packets(image, tcp.packet_database);
    Scanner streams(image, tcp.stream_database);
    Scanner datagrams(image, udp.packet_database);
    EXPECT_EQ(packets.scan("-evil-bytes"), (std::set<uint32_t>{2, 3}));
    EXPECT_EQ(streams.scan_stream("-evil-bytes", 3), (std::set<uint32_t>{1, 3}));
    EXPECT_EQ(datagrams.scan("-evil-bytes"), (std::set<uint32_t>{1}));
    EXPECT_EQ(tcp.keeps_bytes, 0u);
}

}  // namespace
}  // namespace baleen::rules::compile
