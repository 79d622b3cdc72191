// The parameters of a question: what can be used, and what is said of what cannot.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/endpoints/arguments.h"

namespace baleen::endpoints {
namespace {

api::Request request_of(api::Parameters parameters) {
    api::Request request;
    request.parameters = std::move(parameters);
    return request;
}

nlohmann::json told(std::optional<api::Response> problem) {
    EXPECT_TRUE(problem);
    if (!problem) return {};
    EXPECT_EQ(problem->status, 400);
    return nlohmann::json::parse(problem->body);
}

TEST(Arguments, GivesWhatIsWrittenAndElseWhatIsUsual) {
    const auto request = request_of({{"limit", "7"},
                                     {"by", "bytes"},
                                     {"all", ""},
                                     {"none", "false"},
                                     {"step", "90s"},
                                     {"since", "2024-05-01T12:00:00Z"},
                                     {"sort", "-bytes"}});
    Arguments arguments(request);
    constexpr std::string_view measures[] = {"bytes", "packets"};
    bool descending = false;
    EXPECT_EQ(arguments.count("limit", 1, 1, 10), 7u);
    EXPECT_EQ(arguments.count("offset", 5, 0, 10), 5u);
    EXPECT_EQ(arguments.choice("by", measures, "packets"), "bytes");
    EXPECT_TRUE(arguments.flag("all"));
    EXPECT_FALSE(arguments.flag("none"));
    EXPECT_FALSE(arguments.flag("absent"));
    EXPECT_EQ(arguments.duration("step", 1, 1), 90'000'000'000);
    EXPECT_EQ(arguments.time("since", 0), 1'714'564'800'000'000'000);
    EXPECT_EQ(arguments.time("until", 3), 3);
    EXPECT_EQ(arguments.sort("sort", filter::Kind::flow, descending), filter::find_field("bytes"));
    EXPECT_TRUE(descending);
    EXPECT_FALSE(arguments.problem());
}

TEST(Arguments, NamesTheFirstThatCannotBeUsed) {
    for (const auto& [name, value] : {std::pair{"limit", "11"},
                                      {"limit", "0"},
                                      {"limit", "-1"},
                                      {"limit", "7 "},
                                      {"limit", "99999999999999999999"},
                                      {"step", "0s"},
                                      {"step", "off"},
                                      {"since", "now-"},
                                      {"since", "noon"},
                                      {"by", "weight"},
                                      {"field", "ip.adr"}}) {
        const auto request = request_of({{name, value}});
        Arguments arguments(request);
        constexpr std::string_view measures[] = {"bytes", "packets"};
        arguments.count("limit", 1, 1, 10);
        arguments.duration("step", 1, 1);
        arguments.time("since", 0);
        arguments.choice("by", measures, "packets");
        arguments.field("field", filter::Kind::flow);
        EXPECT_EQ(told(arguments.problem())["parameter"], name) << value;
    }
}

TEST(Arguments, RefusesWhatNobodyHasAskedFor) {
    const auto request = request_of({{"limt", "3"}});
    Arguments arguments(request);
    arguments.count("limit", 1, 1, 10);
    const auto problem = told(arguments.problem());
    EXPECT_EQ(problem["parameter"], "limt");
    EXPECT_NE(problem["detail"].get<std::string>().find("did you mean 'limit'?"),
              std::string::npos);
}

TEST(Arguments, TimesMayBeRelativeToThePresent) {
    const auto request = request_of({{"since", "now-15m"}, {"until", "now"}});
    Arguments arguments(request);
    const int64_t since_ns = arguments.time("since", 0), until_ns = arguments.time("until", 0);
    EXPECT_NEAR(static_cast<double>(until_ns - since_ns), 900e9, 1e9);
}

TEST(Arguments, PointsIntoAFilterThatCannotBeRead) {
    const auto request = request_of({{"filter", "tcp && prot == 4"}});
    Arguments arguments(request);
    arguments.filter("filter", filter::Kind::flow);
    const auto problem = told(arguments.problem());
    EXPECT_EQ(problem["offset"], 7);
    EXPECT_EQ(problem["parameter"], "filter");
}

}  // namespace
}  // namespace baleen::endpoints
