// Targets of requests, taken apart.
#include "control/api/target.h"

#include <gtest/gtest.h>

namespace baleen::api {
namespace {

TEST(PercentDecode, TakesPairsOfHexDigitsOnly) {
    EXPECT_EQ(percent_decode("a%2Fb%c3%A9"), "a/b\u00e9");
    EXPECT_EQ(percent_decode(""), "");
    EXPECT_EQ(percent_decode("%25%32%35"), "%25");  // decoded once
    for (const char* text : {"%", "%2", "a%2", "%g0", "%0g", "%+1", "% 1", "%%41"})
        EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(PercentDecode, RefusesNulInAnyForm) {
    EXPECT_FALSE(percent_decode("a%00b"));
    EXPECT_FALSE(percent_decode(std::string_view("a\0b", 3)));
}

TEST(PercentDecode, LeavesPlusAloneOutsideOfQueries) {
    EXPECT_EQ(percent_decode("a+b"), "a+b");
    EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
}

TEST(ParseQuery, KeepsOrderRepetitionsAndEmptyValues) {
    const Parameters expected = {{"b", "2"}, {"a", ""}, {"b", "x=y"}, {"", "v"}, {"c d", "e&f"}};
    EXPECT_EQ(parse_query("b=2&a&&b=x=y&=v&c+d=e%26f"), expected);
    EXPECT_EQ(parse_query(""), Parameters{});
}

TEST(ParseQuery, HasALimit) {
    std::string query = "a";
    for (int i = 1; i < 256; i++) query += "&a";
    EXPECT_EQ(parse_query(query)->size(), 256u);
    EXPECT_FALSE(parse_query(query + "&a"));
}

TEST(ParseTarget, TakesOriginForms) {
    const auto target = parse_target("/a%2Fb//c/?x=%41");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/a/b//c/");
    EXPECT_EQ(target->segments, (std::vector<std::string>{"a/b", "", "c", ""}));
    EXPECT_EQ(target->parameters, (Parameters{{"x", "A"}}));
    EXPECT_EQ(target->authority, "");
}

TEST(ParseTarget, TakesAbsoluteForms) {
    const auto target = parse_target("http://localhost:8600/a?b=c");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->authority, "localhost:8600");
    EXPECT_EQ(target->path, "/a");
    EXPECT_EQ(parse_target("https://h")->path, "/");
    EXPECT_EQ(parse_target("http://h?a=b")->parameters, (Parameters{{"a", "b"}}));
}

TEST(ParseTarget, RefusesTheRest) {
    for (const char* text : {"", "*", "a", "?a", "http://", "http:///a", "ftp://h/", "/a#b", "/%",
                             "/a?b=%0", "/%00", "h:443", "http://h#x"})
        EXPECT_FALSE(parse_target(text)) << text;
}

}  // namespace
}  // namespace baleen::api
