#include "rules/native.h"

#include <gtest/gtest.h>

namespace baleen::rules {
namespace {

NativeRules parse(const std::string& text) {
    return parse_native(text, "t.toml", default_variables(Dialect::suricata));
}

// Keys of one rule that has all it needs.
std::string rule_with(const std::string& keys) { return "[[rule]]\nid = 1\nname = \"n\"\n" + keys; }

Rule valid(const std::string& keys) {
    auto parsed = parse(rule_with(keys));
    EXPECT_TRUE(parsed.problems.empty()) << keys << format_problem(parsed.problems[0]);
    EXPECT_EQ(parsed.rules.size(), 1u) << keys;
    return parsed.rules.empty() ? Rule{} : parsed.rules[0];
}

// The one problem of a rule; several show as a failure.
std::string problem_of(const std::string& keys) {
    const auto parsed = parse(rule_with(keys));
    EXPECT_EQ(parsed.problems.size(), 1u) << keys;
    EXPECT_TRUE(parsed.rules.empty()) << keys;
    EXPECT_EQ(parsed.invalid, 1u);
    return parsed.problems.empty() ? "" : format_problem(parsed.problems[0]);
}

TEST(NativeRules, ReadEveryKey) {
    const auto parsed = parse(R"(
        [variables]
        lab = ["10.1.0.0/16", "!10.1.1.0/24"]
        web = [80, "8000-8010"]
        [[rule]]
        id = 4000000000
        rev = 3
        name = "a name"
        protocol = "tcp"
        src = "$lab"
        src_port = "1024:"
        dst = ["any", "!$lab"]
        dst_port = ["$web", 443]
        direction = "to_server"
        flow = "established"
        literals = ["GET |20|", { text = "x", distance = 2, within = 9, negated = true },
                    { text = "y", offset = 1, depth = 8, nocase = false, endswith = true }]
        pattern = 'a\d+'
        flags = ["nocase", "dotall", "multiline"]
        severity = 1
        tags = ["one", "two"]
        references = ["url,example.org"]
        action = "capture"
        limit = { type = "both", track = "by_dst", count = 5, seconds = 9 }
    )");
    ASSERT_TRUE(parsed.problems.empty()) << format_problem(parsed.problems[0]);
    ASSERT_EQ(parsed.rules.size(), 1u);
    const Rule& rule = parsed.rules[0];
    EXPECT_EQ(std::tuple(rule.id, rule.rev, rule.severity), std::tuple(4000000000u, 3u, 1u));
    EXPECT_EQ(std::tuple(rule.name, rule.file, rule.line), std::tuple("a name", "t.toml", 5u));
    EXPECT_EQ(rule.protocol, Protocol::tcp);
    EXPECT_TRUE(rule.src.v4.contains(0x0a010001) && !rule.src.v4.contains(0x0a010101));
    EXPECT_TRUE(rule.dst.v4.contains(0x0a020001) && !rule.dst.v4.contains(0x0a010001));
    EXPECT_FALSE(rule.src_ports.contains(1023));
    EXPECT_TRUE(rule.dst_ports.contains(8010) && rule.dst_ports.contains(443));
    EXPECT_EQ(rule.flow.side, FlowCondition::Side::to_server);
    EXPECT_EQ(rule.flow.state, FlowCondition::State::established);
    ASSERT_EQ(rule.steps.size(), 4u);
    EXPECT_EQ(std::get<Literal>(rule.steps[0]), (Literal{.bytes = "GET  ", .nocase = true}));
    Literal second{.bytes = "x", .nocase = true, .negated = true, .relative = true, .from = {2}};
    second.length = Number{9};
    EXPECT_EQ(std::get<Literal>(rule.steps[1]), second);
    Literal third{.bytes = "y", .at_end = true, .from = {1}};
    third.length = Number{8};
    EXPECT_EQ(std::get<Literal>(rule.steps[2]), third);
    const Regex& regex = std::get<Regex>(rule.steps[3]);
    EXPECT_EQ(regex.pattern, "a\\d+");
    EXPECT_TRUE(regex.caseless && regex.dot_all && regex.multi_line);
    EXPECT_EQ(rule.tags, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(rule.references, (std::vector<std::string>{"url,example.org"}));
    EXPECT_EQ(rule.action, Action::capture);
    EXPECT_EQ(rule.rate_limit, (RateLimit{RateLimit::Kind::both, RateLimit::Track::by_dst, 5, 9}));
    EXPECT_EQ(rule.scope, Scope::either);
}

TEST(NativeRules, HaveDefaults) {
    const Rule rule = valid("literals = [\"a\"]\n");
    EXPECT_EQ(rule.protocol, Protocol::ip);
    EXPECT_TRUE(rule.src.is_all() && rule.dst.is_all() && rule.dst_ports.is_all());
    EXPECT_EQ(rule.action, Action::alert);
    EXPECT_EQ(rule.severity, 3u);
    EXPECT_EQ(rule.scope, Scope::stream);
    EXPECT_FALSE(rule.rate_limit);
    EXPECT_TRUE(valid("pattern = 'a'\ndirection = \"both\"\n").both_directions);
}

TEST(NativeRules, LetOffsetAndDepthCountForAllLiterals) {
    const Rule rule =
        valid("literals = [\"ab\", { text = \"c\", within = 3 }]\noffset = 2\ndepth = 10\n");
    EXPECT_EQ(std::get<Literal>(rule.steps[0]).from, Number{2});
    EXPECT_EQ(std::get<Literal>(rule.steps[0]).length, Number{10});
    EXPECT_EQ(std::get<Literal>(rule.steps[1]).from, Number{0});
    EXPECT_EQ(std::get<Literal>(rule.steps[1]).length, Number{3});
}

TEST(NativeRules, SayWhatIsWrongAndWhere) {
    const std::pair<const char*, const char*> cases[] = {
        {"pattern = 'a'\npatern = 'b'\n",
         "t.toml:5:1: unknown key 'patern'; did you mean 'pattern'?"},
        {"pattern = 5\n", "t.toml:4:11: 'pattern' takes a text"},
        {"pattern = ''\n", "t.toml:4:11: 'pattern' takes a text"},
        {"pattern = 'a'\nprotocol = \"http\"\n", "t.toml:5:12: 'protocol' is one of ip, tcp,"},
        {"pattern = 'a'\nsrc = \"1.2.3\"\n", "t.toml:5:7: 'src': '1.2.3' is not an address"},
        {"pattern = 'a'\nsrc = []\n", "t.toml:5:7: 'src' takes addresses"},
        {"pattern = 'a'\ndst_port = 70000\n", "t.toml:5:12: 'dst_port': '70000' is not a port"},
        {"pattern = 'a'\ndst_port = 1.5\n", "t.toml:5:12: 'dst_port' takes ports"},
        {"pattern = 'a'\nseverity = 0\n", "t.toml:5:12: 'severity' takes a number of 1 to 255"},
        {"pattern = 'a'\ntags = \"x\"\n", "t.toml:5:8: 'tags' takes a list of texts"},
        {"pattern = 'a'\nflags = [\"x\"]\n", "t.toml:5:10: 'flags' takes nocase"},
        {"pattern = 'a'\nlimit = 5\n", "t.toml:5:9: 'limit' takes {"},
        {"pattern = 'a'\nlimit = { typ = \"limit\" }\n", "unknown key 'typ'; did you mean 'type'?"},
        {"pattern = 'a'\ndepth = 5\n", "t.toml:5:9: offset and depth are those of literals"},
        {"literals = [\"|0|\"]\n", "t.toml:4:13: literal: '|0|' has half a byte"},
        {"literals = []\n", "t.toml:4:12: 'literals' takes a list"},
        {"literals = [{ txt = \"a\", text = \"b\" }]\n", "unknown key 'txt'; did you mean 'text'?"},
        {"literals = [{ text = \"a\", offset = 1, within = 2 }]\n",
         "a literal has offset and depth,"},
        {"literals = [\"abc\"]\ndepth = 2\n", "t.toml:4:13: 3 bytes do not fit into 2"},
        {"literals = [{ text = \"a\", negated = true }]\n", "nothing to look for"},
        {"", "t.toml:1:1: it has neither 'pattern' nor 'literals'"},
    };
    for (const auto& [keys, why] : cases)
        EXPECT_NE(problem_of(keys).find(why), std::string::npos) << problem_of(keys);
}

TEST(NativeRules, ReportEverythingAtOnce) {
    const auto parsed = parse("[[rule]]\nid = 0\nsrc = 5.5\nfoo = 1\n[[rule]]\nid = 2\n");
    EXPECT_TRUE(parsed.rules.empty());
    EXPECT_EQ(parsed.invalid, 2u);
    // id, src, foo, nothing to look for, no name; nothing to look for, no name.
    EXPECT_EQ(parsed.problems.size(), 7u);
}

TEST(NativeRules, AreLoadedWhateverTheOthersAre) {
    const std::string good = "[[rule]]\nid = %\nname = \"n\"\nliterals = [\"a\"]\n";
    const auto numbered = [&](char digit) {
        std::string text = good;
        text[text.find('%')] = digit;
        return text;
    };
    for (const char* bad : {"[[rule]]\nid = 9\n", "[[rule]]\nid = = 9\n",
                            "[[rule]]\nname = \"open\n", "[[rule]]\nid = 5\nid = 6\n"}) {
        const auto parsed = parse(numbered('1') + bad + numbered('2'));
        ASSERT_EQ(parsed.rules.size(), 2u) << bad;
        EXPECT_EQ(parsed.rules[1].id, 2u);
        EXPECT_EQ(parsed.rules[0].line, 1u);
        EXPECT_EQ(parsed.invalid, 1u) << bad;
        ASSERT_FALSE(parsed.problems.empty());
        EXPECT_TRUE(parsed.problems[0].line >= 5 && parsed.problems[0].line <= 7)
            << format_problem(parsed.problems[0]);
        const auto lines = std::count(bad, bad + std::string(bad).size(), '\n');
        EXPECT_EQ(parsed.rules[1].line, 5u + static_cast<size_t>(lines)) << bad;
    }
}

TEST(NativeRules, RefuseUnknownTables) {
    const auto parsed = parse("[variable]\na = \"1.1.1.1\"\n");
    ASSERT_EQ(parsed.problems.size(), 1u);
    EXPECT_NE(parsed.problems[0].message.find("did you mean 'variables'?"), std::string::npos);
    EXPECT_EQ(parse("rule = 5\n").problems.size(), 1u);
    EXPECT_EQ(parse("rule = [5]\n").problems.size(), 1u);
    EXPECT_EQ(parse("[variables]\na = 1.5\n").problems.size(), 1u);
}

}  // namespace
}  // namespace baleen::rules
