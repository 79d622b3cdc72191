// Values of header fields, tokens, and what the gate makes of them.
#include "control/api/gate.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "control/api/answer_head.h"
#include "control/api/header_values.h"
#include "tests/unit/temp_folder.h"

namespace baleen::api {
namespace {

TEST(HeaderValues, BearerTokenHasItsScheme) {
    EXPECT_EQ(bearer_token("Bearer abc"), "abc");
    EXPECT_EQ(bearer_token("BEARER  abc "), "abc");
    for (const char* text : {"", "Bearer", "Bearer ", "Bearer  ", "Basic abc", "Bearerabc", "abc"})
        EXPECT_FALSE(bearer_token(text)) << text;
}

TEST(HeaderValues, EtagsAreComparedWeakly) {
    EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
    EXPECT_TRUE(etag_matches("\"b\" , W/\"a\"", "\"a\""));
    EXPECT_TRUE(etag_matches("\"a\"", "W/\"a\""));
    EXPECT_TRUE(etag_matches("*", "\"a\""));
    EXPECT_FALSE(etag_matches("*", ""));
    EXPECT_FALSE(etag_matches("", "\"a\""));
    EXPECT_FALSE(etag_matches("\"ab\", a", "\"a\""));
}

TEST(HeaderValues, GzipIsSentToThoseWhoTakeIt) {
    for (const char* text :
         {"gzip", "br, GZIP", "gzip;q=0.5", "deflate,gzip ; q=1", "gzip;q=0.001"})
        EXPECT_TRUE(accepts_gzip(text)) << text;
    for (const char* text : {"", "br", "gzip;q=0", "gzip; Q=0.000", "xgzip", "gzip2", "*"})
        EXPECT_FALSE(accepts_gzip(text)) << text;
}

TEST(HeaderValues, AuthoritiesAreTakenApart) {
    EXPECT_EQ(parse_authority("LocalHost:80")->name, "localhost");
    EXPECT_EQ(parse_authority("localhost:80")->port, "80");
    EXPECT_EQ(parse_authority("[::1]")->name, "::1");
    EXPECT_EQ(parse_authority("[::1]:8600")->port, "8600");
    for (const char* text : {"", ":80", "a b", "a@b", "[::1", "[]", "[x]", "[::1]x", "::1",
                             "a:80:80", "a:x", "a/b", "localhost\t"})
        EXPECT_FALSE(parse_authority(text)) << text;
}

TEST(HeaderValues, OriginsAreOfTheHostOrNot) {
    const auto same = [](const char* origin, const char* host) {
        return is_same_origin(origin, *parse_authority(host));
    };
    EXPECT_TRUE(same("http://localhost:8600", "localhost:8600"));
    EXPECT_TRUE(same("https://baleen.example", "baleen.example"));  // behind a proxy
    EXPECT_TRUE(same("https://baleen.example", "baleen.example:443"));
    EXPECT_TRUE(same("http://[::1]:8600", "[::1]:8600"));
    EXPECT_FALSE(same("http://localhost:8601", "localhost:8600"));
    EXPECT_FALSE(same("http://localhost", "localhost:8600"));
    EXPECT_FALSE(same("http://localhost.evil.example:8600", "localhost:8600"));
    EXPECT_FALSE(same("http://evil.example/localhost:8600", "localhost:8600"));
    EXPECT_FALSE(same("null", "localhost:8600"));
    EXPECT_FALSE(same("file://localhost", "localhost"));
}

TEST(HeaderValues, TheProxysWordIsTheLastOne) {
    EXPECT_EQ(forwarded_client("1.2.3.4, 192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(forwarded_client("[2001:db8::1]"), "2001:db8::1");
    for (const char* text : {"", "1.2.3.4,", "1.2.3.4, x", "1.2.3.4:80"})
        EXPECT_FALSE(forwarded_client(text)) << text;
}

TEST(Tokens, HaveTheRolesOfTheirLines) {
    const auto tokens = Tokens::parse(
        "# comment\r\n\nread reader-0123456789 # a reader\n\tadmin\tadmin-01234567890\r\n", "t");
    ASSERT_TRUE(tokens) << tokens.error().message;
    EXPECT_EQ(tokens->size(), 2u);
    EXPECT_EQ(tokens->role_of("reader-0123456789"), Role::read);
    EXPECT_EQ(tokens->role_of("admin-01234567890"), Role::admin);
    for (const char* token : {"", "reader-012345678", "reader-01234567890", "Reader-0123456789"})
        EXPECT_EQ(tokens->role_of(token), Role::none) << token;
}

TEST(Tokens, RefusalsNameTheLineAndNotTheToken) {
    for (const char* text :
         {"", "# nothing\n", "read short-token\n", "write reader-0123456789\n",
          "reader-0123456789\n", "read reader-0123456789 more\n", "read reader\"0123456789\n"}) {
        const auto tokens = Tokens::parse(text, "file");
        ASSERT_FALSE(tokens) << text;
        EXPECT_EQ(tokens.error().message.find("0123456789"), std::string::npos);
    }
    EXPECT_TRUE(Tokens::parse("\nread x", "file").error().message.starts_with("file:2: "));
}

TEST(Tokens, AreNotReadFromAFileThatOthersCanRead) {
    const test::TempFolder folder;
    const std::string path = folder.write("tokens", "read reader-0123456789\n");
    for (const unsigned mode : {0640u, 0604u, 0620u, 0610u}) {
        std::filesystem::permissions(path, std::filesystem::perms(mode));
        const auto tokens = Tokens::load(path);
        ASSERT_FALSE(tokens) << mode;
        EXPECT_NE(tokens.error().message.find("chmod 600"), std::string::npos);
    }
    std::filesystem::permissions(path, std::filesystem::perms(0400));
    EXPECT_TRUE(Tokens::load(path));
    EXPECT_FALSE(Tokens::load(folder.path("nothing")));
    EXPECT_FALSE(Tokens::load("/dev/null"));
}

Head head_of(std::string method, std::string target) {
    Head head;
    head.method = std::move(method);
    head.target = std::move(target);
    head.host = "localhost:8600";
    return head;
}

TEST(Gate, LetsPagesOfItsOwnOriginChangeThings) {
    Router router;
    router.add({Method::post, "/rules", Role::admin, [](const Request&) { return Response{}; }});
    router.add({Method::get, "/rules", Role::read, [](const Request&) { return Response{}; }});
    const Gate gate({}, std::nullopt, std::move(router), {});
    Head head = head_of("POST", "/rules");
    EXPECT_TRUE(std::holds_alternative<Asked>(gate.decide(head, "")));  // no browser
    head.origin = "http://localhost:8600";
    EXPECT_TRUE(std::holds_alternative<Asked>(gate.decide(head, "")));
    head.origin = "http://localhost:8601";
    const Decision decision = gate.decide(head, "");
    ASSERT_TRUE(std::holds_alternative<Refused>(decision));
    EXPECT_EQ(std::get<Refused>(decision).response.status, 403);
    head.method = "GET";  // reads nothing that the page would see
    EXPECT_TRUE(std::holds_alternative<Asked>(gate.decide(head, "")));
}

TEST(Gate, HasAnAnswerToEveryRefusal) {
    for (size_t i = 0; i < refusal_count; i++) {
        const auto refusal = static_cast<Refusal>(i);
        EXPECT_FALSE(name_of(refusal).empty());
        const Response response = refusal_response(refusal);
        EXPECT_GE(response.status, 400);
        EXPECT_FALSE(reason_phrase(response.status).empty()) << response.status;
        EXPECT_TRUE(is_well_formed(response));
    }
}

TEST(FormatHead, LeavesOutWhatAHandlerMayNotSay) {
    Response response;
    response.headers = {
        {"Content-Length", "7"}, {"connection", "close"}, {"X", "a\nb"}, {"Y", "z"}};
    const std::string head = format_head(response, {});
    EXPECT_NE(head.find("Content-Length: 0\r\n"), std::string::npos);
    EXPECT_NE(head.find("Y: z\r\n"), std::string::npos);
    EXPECT_EQ(head.find("onnection: close"), std::string::npos);
    EXPECT_EQ(head.find("X: "), std::string::npos);
    EXPECT_FALSE(is_well_formed(response));
}

TEST(StaticFiles, NamesWithAHashAreForever) {
    for (const char* name : {"/app.3F2A91BC.js", "/a/b.ABCDEFGH.css", "/app.0123abcd.js.map"})
        EXPECT_EQ(has_hash(name), std::string_view(name).find(".map") == std::string_view::npos)
            << name;
    for (const char* name :
         {"/index.html", "/app.settings.js", "/3F2A91BC.js", "/.3F2A91BC.js", "/app-3F2A91BC.js",
          "/app.3F2A91BC", "/app.3f2a91b.js", "/a.3F2a91BC.js"})
        EXPECT_FALSE(has_hash(name)) << name;
}

}  // namespace
}  // namespace baleen::api
