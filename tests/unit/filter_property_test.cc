// Random filters against an evaluation of their own.
#include <gtest/gtest.h>

#include "filter/filter.h"
#include "tests/unit/filter_check.h"
#include "tests/unit/random.h"

namespace baleen::filter {
namespace {

using test::Random;
using test::RecordBuilder;

// A condition and what it says of the record below.
struct Condition {
    std::string_view text;
    bool holds;
};
constexpr Condition conditions[] = {
    {"tcp", true},
    {"udp", false},
    {"port == 443", true},
    {"port != 443", false},
    {"tcp port 443", true},
    {"udp port 443", false},
    {"host 10.0.0.1", true},
    {"ip.src in {10.0.0.2, 10.0.0.3}", false},
    {"port not in [80 81]", true},
    {"in_iface contains \"or\"", false},
    {"in_iface ~ \"^e\"", true},
    {"flow.packets>1", false},
};

// Writes a random expression with only those parentheses that precedence needs, and some more.
class Generator {
public:
    explicit Generator(Random& random) : random_(random) {}

    bool any(std::string& out, int depth) {
        bool holds = all(out, depth);
        for (uint64_t i = random_.below(3); i > 0; i--) {
            out += random_.one_in(2) ? " or " : "||";
            const bool right = all(out, depth);
            holds = holds || right;
        }
        return holds;
    }

private:
    bool all(std::string& out, int depth) {
        bool holds = unary(out, depth);
        for (uint64_t i = random_.below(3); i > 0; i--) {
            out += random_.one_in(2) ? " and " : " && ";
            const bool right = unary(out, depth);
            holds = holds && right;
        }
        return holds;
    }
    bool unary(std::string& out, int depth) {
        if (depth > 0 && random_.one_in(4)) {
            out += random_.one_in(2) ? "not " : "!";
            return !unary(out, depth - 1);
        }
        if (depth > 0 && random_.one_in(3)) {
            out += random_.one_in(2) ? "(" : "( ";
            const bool holds = any(out, depth - 1);
            out += ')';
            return holds;
        }
        const Condition& condition = random_.pick(conditions);
        out += condition.text;
        return condition.holds;
    }

    Random& random_;
};

TEST(FilterProperty, EvaluatesAsItsGrammarSays) {
    Random random;
    const record::FlowRecord record =
        RecordBuilder().tcp().from("10.0.0.1", 40000).to("10.0.0.9", 443).sent(1, 60);
    for (const auto& [text, holds] : conditions) ASSERT_EQ(test::matches(text, record), holds);
    int trues = 0;
    for (int i = 0; i < 5000; i++) {
        std::string text;
        const bool expected = Generator(random).any(text, 5);
        ASSERT_EQ(test::matches(text, record), expected) << text;
        trues += expected ? 1 : 0;
    }
    EXPECT_GT(trues, 500);
    EXPECT_LT(trues, 4500);
}

// Words of the language in any order: most are refused, none may crash.
TEST(FilterProperty, SurvivesAnyOrderOfWords) {
    Random random;
    std::vector<std::string> words = {"and",   "or",         "not",        "in",  "host", "net",
                                      "port",  "portrange",  "src",        "dst", "(",    ")",
                                      "{",     "}",          "[",          "]",   ",",    "==",
                                      "!=",    "<",          ">=",         "&&",  "||",   "!",
                                      "~",     "contains",   "matches",    "80",  "1-2",  "a/8",
                                      "\"x\"", "10.0.0.1",   "10.0.0.0/8", "::1", "30s",  "80..90",
                                      "tcp",   "2024-05-01", "\"(\"",      "end", ""};
    for (const Field* field : fields()) words.emplace_back(field->name);
    const record::FlowRecord records[] = {
        RecordBuilder().tcp(), RecordBuilder().udp().from("::1", 1).to("::2", 2),
        RecordBuilder().icmp(8, 0), RecordBuilder().portless(47).vlan(1, 2)};
    int accepted = 0;
    for (int i = 0; i < 30'000; i++) {
        std::string text;
        for (uint64_t count = random.below(12); count > 0; count--) {
            text += random.pick(words);
            if (!random.one_in(5)) text += ' ';
        }
        const auto parsed = Filter::parse(text);
        if (const auto* error = std::get_if<FilterError>(&parsed)) {
            ASSERT_LE(error->offset, text.size()) << text;
            ASSERT_FALSE(error->message.empty()) << text;
            ASSERT_TRUE(format_error(text, *error).starts_with(text + "\n"));
            continue;
        }
        accepted++;
        for (const auto& record : records) std::get<0>(parsed).matches({record, "eth0"});
    }
    EXPECT_GT(accepted, 1000);
}

TEST(FilterProperty, SurvivesAnyBytes) {
    Random random;
    for (int i = 0; i < 20'000; i++) {
        const std::string text = random.bytes(40);
        const auto parsed = Filter::parse(text);
        if (const auto* error = std::get_if<FilterError>(&parsed)) {
            ASSERT_LE(error->offset, text.size());
        }
    }
}

// The same question in several words has one answer, whatever the record.
TEST(FilterProperty, AgreesOnEquivalentQuestions) {
    Random random;
    constexpr std::pair<std::string_view, std::string_view> pairs[] = {
        {"tcp.port == 443", "tcp and port == 443"},
        {"tcp port 443", "tcp.port == 443"},
        {"tcp.port", "tcp and port"},
        {"port in {0..1023}", "port < 1024"},
        {"port not in {80 443}", "port and not port in {80 443}"},
        {"port != 80", "port and not port == 80"},
        {"ip.addr == 0.0.0.0/0", "ip"},
        {"ipv6.addr", "ip.version == 6"},
        {"ip or ipv6", ""},
        {"icmp.type", "icmp or icmpv6"},
        {"vlan", "vlan.id <= 4095"},
        {"host 10.0.0.0/8", "ip.src == 10.0.0.0/8 or ip.dst == 10.0.0.0/8"},
        {"flow.packets == 1..9", "flow.packets >= 1 and flow.packets <= 9"},
        {"flow.duration >= 1s", "not flow.duration < 1s"},
        {"reason in {idle_timeout active_timeout}", "reason contains timeout"},
        {"ip.proto == tcp", "tcp"},
        {"tcp.flags.syn == 1", "tcp and not tcp.flags.syn == 0"},
    };
    for (int i = 0; i < 3000; i++) {
        const record::FlowRecord record = test::random_record(random);
        for (const auto& [left, right] : pairs)
            ASSERT_EQ(test::matches(left, record), test::matches(right, record))
                << left << " against " << right;
    }
}

}  // namespace
}  // namespace baleen::filter
