// Every refusal: what it says and where the caret stands.
#include <gtest/gtest.h>

#include <string>

#include "filter/filter.h"
#include "tests/unit/filter_check.h"

namespace baleen::filter {
namespace {

using test::RecordBuilder;

FilterError error_of(std::string_view text) {
    const auto parsed = Filter::parse(text);
    const auto* error = std::get_if<FilterError>(&parsed);
    EXPECT_NE(error, nullptr) << text.substr(0, 100);
    return error != nullptr ? *error : FilterError{SIZE_MAX, ""};
}

struct Refusal {
    std::string_view text;
    std::string_view caret;  // where the error should be
    std::string_view message;
};

void expect_refused(std::span<const Refusal> refusals) {
    for (const auto& [text, caret, message] : refusals) {
        const auto error = error_of(text);
        EXPECT_EQ(error.offset, caret.find('^')) << format_error(text, error);
        EXPECT_EQ(error.message, message) << text;
    }
}

TEST(FilterError, SuggestsTheFieldThatWasMeant) {
    expect_refused(std::array<Refusal, 6>{{
        {"tcp.prt == 80", "^", "unknown field 'tcp.prt'; did you mean 'tcp.port'?"},
        {"tcp && ip.adr == 10.0.0.1", "       ^",
         "unknown field 'ip.adr'; did you mean 'ip.addr'?"},
        {"srcip == 10.0.0.1", "^", "unknown field 'srcip'; did you mean 'src_ip'?"},
        {"not (udpp)", "     ^", "unknown field 'udpp'; did you mean 'udp'?"},
        {"tcp or flow.bites > 1", "       ^",
         "unknown field 'flow.bites'; did you mean 'flow.bytes'?"},
        {"dashboard_theme", "^", "unknown field 'dashboard_theme'"},
    }});
}

TEST(FilterError, PointsWhereAConditionIsMissing) {
    expect_refused(std::array<Refusal, 9>{{
        {"tcp and", "       ^", "a condition is missing here"},
        {"tcp && ", "       ^", "a condition is missing here"},
        {"not", "   ^", "a condition is missing here"},
        {"(", " ^", "a condition is missing here"},
        {"()", " ^", "')' is not a field"},
        {"tcp and or", "        ^", "unknown field 'or'; did you mean 'port'?"},
        {"tcp || || udp", "       ^", "'||' is not a field"},
        {"== 80", "^", "'==' is not a field"},
        {"\"tcp\"", "^", "'tcp' is not a field"},
    }});
}

TEST(FilterError, PointsWhereAValueIsMissing) {
    expect_refused(std::array<Refusal, 7>{{
        {"port ==", "       ^", "a value is missing here"},
        {"port == )", "        ^", "a value is missing here"},
        {"host", "    ^", "a value is missing here"},
        {"src host", "        ^", "a value is missing here"},
        {"tcp and host and", "             ^",
         "'and' is not an address or a prefix "
         "(10.0.0.1, 10.0.0.0/8, 2001:db8::/32)"},
        {"host == 10.0.0.1", "     ^", "a value is missing here"},
        {"port in {80,,443}", "            ^", "a value is missing here"},
    }});
}

TEST(FilterError, PointsAtTheWrongValue) {
    expect_refused(std::array<Refusal, 8>{{
        {"port == http", "        ^", "'http' is not a number (10, 10k, 1MB, 0x1f)"},
        {"port in {80 http}", "            ^", "'http' is not a number (10, 10k, 1MB, 0x1f)"},
        {"ip.addr == 10.0.0.0/33", "           ^", "'10.0.0.0/33' has a wrong prefix length"},
        {"flow.duration > 30", "                ^",
         "'30' needs a unit; write it like \"30s\" or \"off\""},
        {"flow.start > yesterday", "             ^",
         "'yesterday' is not a time (2024-05-01T12:00:00Z, or seconds since "
         "1970)"},
        {"tcp port 80x", "         ^", "'80x' is not a number (10, 10k, 1MB, 0x1f)"},
        {"portrange 90-80", "          ^", "'90..80' runs backwards"},
        {"reason == over", "          ^",
         "'over' is not an end reason (idle_timeout, active_timeout, end_of_flow, "
         "forced_end, lack_of_resources)"},
    }});
    const auto error = error_of("in_iface matches \"a(b\"");
    EXPECT_EQ(error.offset, 17u);
    EXPECT_TRUE(error.message.starts_with("this expression is wrong: ")) << error.message;
}

TEST(FilterError, PointsWhereABracketIsMissing) {
    expect_refused(std::array<Refusal, 6>{{
        {"(tcp", "    ^", "a closing ) is missing"},
        {"(tcp or udp and", "               ^", "a condition is missing here"},
        {"((tcp) or udp", "             ^", "a closing ) is missing"},
        {"port in {80", "           ^", "a closing } is missing"},
        {"port in [80,", "            ^", "a closing ] is missing"},
        {"port in 80", "        ^", "a set is missing here, like {80 443}"},
    }});
    // A set is closed by the bracket that opened it.
    EXPECT_EQ(error_of("port in {80]").offset, 11u);
    EXPECT_EQ(error_of("port in [80}").offset, 11u);
}

TEST(FilterError, PointsAtWhatWasNotExpected) {
    expect_refused(std::array<Refusal, 6>{{
        {"tcp udp", "    ^", "'udp' was not expected; join conditions with && or ||"},
        {"tcp)", "   ^", "')' was not expected; join conditions with && or ||"},
        {"port == 80 90", "           ^", "'90' was not expected; join conditions with && or ||"},
        {"port 80 90", "        ^", "'90' was not expected; join conditions with && or ||"},
        {"tcp not udp", "    ^", "'not' was not expected; join conditions with && or ||"},
        {"port == 80 }", "           ^", "'}' was not expected; join conditions with && or ||"},
    }});
}

TEST(FilterError, SaysThatAFieldCannotBeComparedSo) {
    EXPECT_EQ(error_of("tcp == 1").message, "'tcp' is there or not; it has no value");
    EXPECT_EQ(error_of("vlan in {1}").message, "'vlan' is there or not; it has no value");
    EXPECT_EQ(error_of("ip.addr < 10.0.0.1").message, "'ip.addr' has no order; use == or in");
    EXPECT_EQ(error_of("in_iface >= a").message, "'in_iface' has no order; use == or in");
    EXPECT_EQ(error_of("reason > idle_timeout").message,
              "'flow.reason' has no order; use == or in");
    EXPECT_EQ(error_of("port in {}").message, "the set is empty");
}

TEST(FilterError, PointsAtTheOperatorAndTheEmptySet) {
    EXPECT_EQ(error_of("tcp == 1").offset, 4u);
    EXPECT_EQ(error_of("ip.addr < 10.0.0.1").offset, 8u);
    EXPECT_EQ(error_of("port in {} and tcp").offset, 8u);
}

TEST(FilterError, ShowsTheTextWithACaretBelow) {
    EXPECT_EQ(format_error("tcp && pport == 80", error_of("tcp && pport == 80")),
              "tcp && pport == 80\n"
              "       ^ unknown field 'pport'; did you mean 'port'?");
    EXPECT_EQ(format_error("", {0, "why"}), "\n^ why");
    EXPECT_EQ(format_error("port ==", error_of("port ==")),
              "port ==\n"
              "       ^ a value is missing here");
}

TEST(FilterLimit, AllowsNinetyNineLevelsAndNoMore) {
    const record::FlowRecord record = RecordBuilder().tcp();
    const std::string deep = std::string(99, '(') + "tcp" + std::string(99, ')');
    EXPECT_TRUE(test::matches(deep, record));
    EXPECT_FALSE(test::matches(std::string(99, '!') + "tcp", record));

    const auto parentheses = error_of("(" + deep + ")");
    EXPECT_EQ(parentheses.offset, 100u);
    EXPECT_EQ(parentheses.message, "nested too deeply");
    const auto negations = error_of(std::string(100, '!') + "tcp");
    EXPECT_EQ(negations.offset, 100u);
    EXPECT_EQ(negations.message, "nested too deeply");
    EXPECT_EQ(error_of(std::string(60'000, '(')).message, "nested too deeply");
}

TEST(FilterLimit, CountsLevelsNotConditions) {
    std::string text = "(tcp)";
    for (int i = 0; i < 1000; i++) text += " or (!udp)";
    EXPECT_TRUE(test::matches(text, RecordBuilder().tcp()));
}

TEST(FilterLimit, TakesAText64KiBLongAndNoMore) {
    const record::FlowRecord record = RecordBuilder().tcp();
    std::string text;
    while (text.size() + 8 <= 65'536) text += "tcp and ";
    text.replace(text.size() - 8, 8, "!udp    ");
    ASSERT_EQ(text.size(), 65'536u);
    EXPECT_TRUE(test::matches(text, record));
    text += ' ';
    const auto error = error_of(text);
    EXPECT_EQ(error.message, "the filter is too long");
    EXPECT_EQ(error.offset, 65'536u);
}

// A reader that took quadratic time would run into the time limit of the test program.
TEST(FilterLimit, ReadsTheLongestTexts) {
    std::string set = "port in {";
    while (set.size() < 65'000) set += "1 ";
    EXPECT_TRUE(std::holds_alternative<Filter>(Filter::parse(set + "}")));
    error_of(std::string(65'536, 'x'));  // compared with every field's name
    error_of("in_iface matches \"" + std::string(30'000, '(') + "\"");
    error_of("in_iface == \"" + std::string(65'000, '\\'));
    const std::string large_expression = "in_iface matches \"(a{1,900}){1,900}\"";
    error_of(large_expression);
}

}  // namespace
}  // namespace baleen::filter
