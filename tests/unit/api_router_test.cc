// Which route a path finds, and what is said where there is none.
#include "control/api/router.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace baleen::api {
namespace {

// A handler that tells its name and what it captured.
Handler named(const std::string& name) {
    return [name](const Request& request) {
        Response response;
        response.body = name;
        for (const std::string& capture : request.captures) response.body += "|" + capture;
        return response;
    };
}

Router sample() {
    Router router;
    router.add({Method::get, "/", Role::none, named("root")});
    router.add({Method::get, "/api/v1/flows/{id}", Role::read, named("flow")});
    router.add({Method::get, "/api/v1/flows/summary", Role::read, named("summary")});
    router.add({Method::get, "/api/v1/{kind}/{id}/pcap", Role::read, named("any pcap")});
    router.add({Method::get, "/api/v1/flows/{id}/pcap", Role::read, named("flow pcap")});
    router.add({Method::post, "/api/v1/rules", Role::admin, named("add rule")});
    router.add({Method::get, "/api/v1/rules", Role::read, named("rules")});
    router.add({Method::delete_, "/api/v1/rules", Role::admin, named("no rules")});
    return router;
}

Response ask(Method method, std::string_view target, Role role = Role::admin) {
    Request request;
    request.method = method;
    request.role = role;
    return sample().answer(request, target);
}

TEST(Router, FindsLiteralSegmentsBeforeCaptures) {
    EXPECT_EQ(ask(Method::get, "/").body, "root");
    EXPECT_EQ(ask(Method::get, "/api/v1/flows/17").body, "flow|17");
    EXPECT_EQ(ask(Method::get, "/api/v1/flows/summary").body, "summary");
    EXPECT_EQ(ask(Method::get, "/api/v1/flows/summary/pcap").body, "flow pcap|summary");
    EXPECT_EQ(ask(Method::get, "/api/v1/hosts/10.0.0.1/pcap").body, "any pcap|hosts|10.0.0.1");
}

TEST(Router, LeavesEncodedSlashesInsideTheirCapture) {
    EXPECT_EQ(ask(Method::get, "/api/v1/flows/a%2Fpcap").body, "flow|a/pcap");
    EXPECT_EQ(ask(Method::get, "/api/v1/flows%2F17").status, 404);
}

TEST(Router, CapturesNoEmptySegment) {
    for (const char* target : {"/api/v1/flows/", "/api/v1/flows//pcap", "//api/v1/flows/1", "/api"})
        EXPECT_EQ(ask(Method::get, target).status, 404) << target;
}

TEST(Router, TellsWhichMethodsAPathTakes) {
    const Response response = ask(Method::put, "/api/v1/rules");
    EXPECT_EQ(response.status, 405);
    ASSERT_EQ(response.headers.size(), 1u);
    EXPECT_EQ(response.headers[0].first, "Allow");
    EXPECT_EQ(response.headers[0].second, "POST, GET, HEAD, DELETE");
    // Both patterns take GET: said once.
    EXPECT_EQ(ask(Method::put, "/api/v1/flows/summary").headers[0].second, "GET, HEAD");
}

TEST(Router, AsksForTheRoleOfTheRoute) {
    EXPECT_EQ(ask(Method::post, "/api/v1/rules", Role::read).status, 403);
    EXPECT_EQ(ask(Method::post, "/api/v1/rules", Role::admin).body, "add rule");
    EXPECT_EQ(ask(Method::get, "/api/v1/rules", Role::none).status, 403);
    EXPECT_EQ(ask(Method::get, "/", Role::none).body, "root");
}

TEST(Router, RefusesTwoRoutesOfOnePathAndMethod) {
    Router router = sample();
    EXPECT_DEATH(router.add({Method::get, "/api/v1/flows/{other}", Role::read, named("")}), "");
    EXPECT_DEATH(router.add({Method::get, "no-slash", Role::read, named("")}), "");
    EXPECT_DEATH(router.add({Method::get, "/a//b", Role::read, named("")}), "");
}

TEST(Problem, IsJsonOfRfc9457) {
    const Response response =
        problem(400, "filter-syntax", "The filter is wrong", "at \xff", {{"offset", 3}});
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.content_type, "application/problem+json");
    const auto body = nlohmann::json::parse(response.body);
    EXPECT_EQ(body["type"], "/problems/filter-syntax");
    EXPECT_EQ(body["title"], "The filter is wrong");
    EXPECT_EQ(body["status"], 400);
    EXPECT_EQ(body["detail"], "at \xef\xbf\xbd");  // what is not UTF-8 is replaced
    EXPECT_EQ(body["offset"], 3);
}

}  // namespace
}  // namespace baleen::api
