// The server over real sockets: requests well-formed and not, and clients that behave and do not.
#include "control/api/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <stdexcept>

#include "tests/unit/api_client.h"
#include "tests/unit/random.h"
#include "tests/unit/temp_folder.h"

namespace baleen::api {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Client;
using test::eventually;
using test::ServerRun;

Response text(std::string body) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
}

class ServerTest : public ::testing::Test, public ServerRun {
protected:
    void add(std::string pattern, Handler handler, Method method = Method::get) {
        router.add({method, std::move(pattern), Role::read, std::move(handler)});
    }
    void SetUp() override {
        add("/hello", [](const Request&) { return text("hello"); });
        router.add({Method::get, "/now", Role::none, [](const Request&) { return text("now"); },
                    Threads::io});
        add(
            "/echo", [](const Request& request) { return text(request.body); }, Method::post);
        add("/client", [](const Request& request) { return text(request.client); });
    }
};

TEST_F(ServerTest, AnswersWithWhatItSaysAboutEveryAnswer) {
    Client client(start());
    const Answer answer = client.get("/hello");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    for (const char* field :
         {"Content-Type: text/plain\r\n", "Content-Length: 5\r\n", "Cache-Control: no-store\r\n",
          "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
          "Cross-Origin-Opener-Policy: same-origin\r\n", "frame-ancestors 'none'", "Date: "})
        EXPECT_TRUE(answer.has(field)) << field << "\n" << answer.head;
    // Refusals carry them as well.
    EXPECT_TRUE(client.get("/nothing").has("Content-Security-Policy: default-src 'self'; "));
}

TEST_F(ServerTest, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
    Client client(start());
    std::string requests;
    for (int i = 0; i < 50; i++)
        requests += "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n" +
                    std::to_string(10 + i);
    ASSERT_TRUE(client.send(requests));
    for (int i = 0; i < 50; i++) EXPECT_EQ(client.answer().body, std::to_string(10 + i));
    EXPECT_EQ(server->snapshot().connections_total, 1u);
    EXPECT_TRUE(eventually([&] { return server->snapshot().requests_by_class[2] == 50; }));
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
    Client client(start());
    client.send("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const Answer answer = client.answer(true);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has("Content-Length: 5\r\n"));
    EXPECT_EQ(client.get("/now").body, "now");  // nothing stands in between
}

TEST_F(ServerTest, ClosesWhereItIsAskedTo) {
    const uint16_t port = start();
    for (const char* request :
         {"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
          "GET /hello HTTP/1.0\r\n\r\n"}) {
        Client client(port);
        const Answer answer = client.ask(request);
        EXPECT_EQ(answer.body, "hello");
        EXPECT_TRUE(answer.has("Connection: close\r\n"));
        EXPECT_TRUE(client.is_closed());
        EXPECT_FALSE(client.was_reset());
    }
}

TEST_F(ServerTest, AnswersAClientThatHasEndedItsHalf) {
    Client client(start());
    client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.end_sending();
    EXPECT_EQ(client.answer().body, "hello");
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, TakesBodiesInAnyPortions) {
    const uint16_t port = start();
    const std::string request =
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX-Checksum: 1\r\nHost: evil.example\r\n\r\n";
    test::Random random;
    for (int round = 0; round < 20; round++) {
        Client client(port);
        for (size_t at = 0; at < request.size();) {
            const size_t size = random.between(1, 12);
            ASSERT_TRUE(client.send(request.substr(at, size)));
            at += size;
            std::this_thread::sleep_for(1ms);
        }
        EXPECT_EQ(client.answer().body, "hello!");
    }
    Client whole(port);
    EXPECT_EQ(whole.ask(request).body, "hello!");
    EXPECT_EQ(whole
                  .ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n" +
                       std::string(300000, 'x'))
                  .body.size(),
              300000u);
}

TEST_F(ServerTest, TellsAClientThatExpectsItToGoOn) {
    Client client(start());
    client.send(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: "
        "100-continue\r\n\r\n");
    EXPECT_EQ(client.answer().status, 100);
    EXPECT_EQ(client.ask("body").body, "body");
    // One that does not wait is not told, and one without permission is told at once.
    EXPECT_EQ(client
                  .ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: "
                       "100-continue\r\n\r\nbody")
                  .body,
              "body");
    EXPECT_EQ(client
                  .ask("POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: "
                       "100-continue\r\n\r\n")
                  .status,
              404);
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, RefusesByName) {
    settings.request_bytes_max = 1024;
    const uint16_t port = start();
    const std::string host = "Host: localhost\r\n";
    const std::string post = "POST /echo HTTP/1.1\r\n" + host;
    const struct {
        std::string request;
        int status;
        Refusal refusal;
    } cases[] = {
        {"GET /hello\r\n\r\n", 400, Refusal::malformed},
        {"\x16\x03\x01\x02\x00\r\n\r\n", 400, Refusal::malformed},
        {"GET /hello HTTP/1.1\r\n" + host + "Bad Name: 1\r\n\r\n", 400, Refusal::malformed},
        {"GET /hello HTTP/2.0\r\n" + host + "\r\n", 505, Refusal::version},
        {"GET /hello HTTP/1.1\r\n\r\n", 400, Refusal::host},
        {"GET /hello HTTP/1.1\r\n" + host + host + "\r\n", 400, Refusal::host},
        {"GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, Refusal::host},
        {"GET http://evil.example/hello HTTP/1.1\r\n" + host + "\r\n", 421, Refusal::host},
        {"BREW /hello HTTP/1.1\r\n" + host + "\r\n", 501, Refusal::method},
        {"GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400, Refusal::target},
        {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 414,
         Refusal::target_too_long},
        {"GET /" + std::string(20000, 'a'), 414, Refusal::target_too_long},
        {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(17000, 'a') + "\r\n\r\n", 431,
         Refusal::header_too_large},
        {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(20000, 'a'), 431,
         Refusal::header_too_large},
        {post + "Content-Length: 2000\r\n\r\n", 413, Refusal::body_too_large},
        {post + "Transfer-Encoding: chunked\r\n\r\n7d0\r\n", 413, Refusal::body_too_large},
        {post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400, Refusal::content_length},
        {post + "Content-Length: 2, 2\r\n\r\nab", 400, Refusal::content_length},
        {post + "Content-Length: +2\r\n\r\nab", 400, Refusal::content_length},
        {post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n", 400,
         Refusal::content_length},
        {post + "Transfer-Encoding: gzip\r\n\r\n", 501, Refusal::transfer_encoding},
        {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, Refusal::transfer_encoding},
        {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501,
         Refusal::transfer_encoding},
        {post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n", 400, Refusal::malformed},
        {post + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 2\r\n\r\n", 400,
         Refusal::malformed},
        {post + "Expect: the-unexpected\r\n\r\n", 417, Refusal::expectation},
        {post + "Origin: http://evil.example\r\nContent-Length: 0\r\n\r\n", 403, Refusal::origin},
    };
    for (const auto& [request, status, refusal] : cases) {
        const uint64_t before = refused(refusal);
        Client client(port);
        const Answer answer = client.ask(request);
        EXPECT_EQ(answer.status, status) << request.substr(0, 200);
        EXPECT_TRUE(answer.has("Content-Type: application/problem+json\r\n"));
        EXPECT_EQ(refused(refusal), before + 1) << name_of(refusal) << request.substr(0, 200);
    }
}

TEST_F(ServerTest, LetsARefusedClientReadWhy) {
    settings.request_bytes_max = 1024;
    Client client(start());
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n");
    EXPECT_TRUE(client.send(std::string(200'000, 'x')));  // closing now would reset
    EXPECT_EQ(client.answer().status, 413);
    EXPECT_TRUE(client.send(std::string(200'000, 'x')));
    client.end_sending();
    EXPECT_TRUE(client.is_closed());
    EXPECT_FALSE(client.was_reset());
}

TEST_F(ServerTest, IsNotOpenToPagesThatPointTheirNameHere) {
    const uint16_t port = start();
    const std::string own = std::to_string(port);
    for (const std::string& host :
         {std::string("localhost"), "127.0.0.1:" + own, "[::1]:" + own, "LocalHost:" + own})
        EXPECT_EQ(Client(port).ask("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status, 200)
            << host;
    for (const std::string& host :
         {std::string("localhost.evil.example"), std::string("127.0.0.1.nip.io"),
          std::string("10.0.0.1"), std::string("evil.example:") + own, std::string("[::2]"),
          std::string("0.0.0.0")})
        EXPECT_EQ(Client(port).ask("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status, 421)
            << host;
}

TEST_F(ServerTest, CutsOffASlowHeaderAtItsTotalTime) {
    limits.header_timeout = 150ms;
    Client client(start());
    const auto began = std::chrono::steady_clock::now();
    // A byte every now and then does not help.
    const std::string request =
        "GET /hello HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(500, 'a');
    for (const char c : request) {
        if (!client.send(std::string_view(&c, 1)) || client.receive(5ms)) break;
    }
    const Answer answer = client.answer();
    EXPECT_EQ(answer.status, 408);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
    EXPECT_EQ(refused(Refusal::header_slow), 1u);
    // The time begins with the first byte of a request, also of the second on a connection.
    Client second(server->port());
    EXPECT_EQ(second.get("/hello").status, 200);
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(second.get("/hello").status, 200);
    second.send("GET");
    EXPECT_EQ(second.answer().status, 408);
}

TEST_F(ServerTest, CutsOffASlowBody) {
    limits.body_timeout = 100ms;
    Client client(start());
    EXPECT_EQ(
        client.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab").status,
        408);
    EXPECT_EQ(refused(Refusal::body_slow), 1u);
}

TEST_F(ServerTest, ClosesIdleConnectionsInSilence) {
    limits.idle_timeout = 100ms;
    const uint16_t port = start();
    Client never(port), once(port);
    EXPECT_EQ(once.get("/hello").status, 200);
    EXPECT_TRUE(never.is_closed());
    EXPECT_TRUE(once.is_closed());
    EXPECT_EQ(once.received() + never.received(), "");
}

TEST_F(ServerTest, ClosesTheLongestIdleConnectionToMakeRoom) {
    settings.connections_max = 2;
    const uint16_t port = start();
    Client first(port), second(port);
    EXPECT_EQ(first.get("/hello").status, 200);
    EXPECT_EQ(second.get("/hello").status, 200);
    Client third(port);
    EXPECT_EQ(third.get("/hello").status, 200);
    EXPECT_TRUE(first.is_closed());
    EXPECT_EQ(second.get("/hello").status, 200);
    EXPECT_EQ(server->snapshot().connections_evicted, 1u);
    // Busy ones stay; then there is no room.
    second.send("GET /h");
    third.send("GET /h");
    ASSERT_TRUE(eventually([&] { return server->snapshot().rx_bytes > 0; }));
    std::this_thread::sleep_for(50ms);
    Client fourth(port);
    EXPECT_EQ(fourth.answer().status, 503);
    EXPECT_EQ(refused(Refusal::connections_full), 1u);
    EXPECT_EQ(second.ask("ello HTTP/1.1\r\nHost: localhost\r\n\r\n").body, "hello");
}

TEST_F(ServerTest, LimitsTheConnectionsOfOneClient) {
    settings.connections_per_client_max = 2;
    const uint16_t port = start();
    Client first(port), second(port);
    EXPECT_EQ(first.get("/hello").status, 200);
    EXPECT_EQ(second.get("/hello").status, 200);
    EXPECT_EQ(Client(port).answer().status, 503);
    EXPECT_EQ(refused(Refusal::client_connections_full), 1u);
    first.close();
    ASSERT_TRUE(eventually([&] { return server->snapshot().connections == 1; }));
    EXPECT_EQ(Client(port).get("/hello").status, 200);
}

TEST_F(ServerTest, AnswersAHandlerThatThrowsWith500) {
    add("/throws", [](const Request&) -> Response { throw std::runtime_error("no"); });
    add("/throws-an-int", [](const Request&) -> Response { throw 1; });
    add("/splits", [](const Request&) {
        Response response = text("x");
        response.headers.emplace_back("X-Name", "a\r\nSet-Cookie: b");
        return response;
    });
    Client client(start());
    for (const char* target : {"/throws", "/throws-an-int", "/splits"}) {
        const Answer answer = client.get(target);
        EXPECT_EQ(answer.status, 500) << target;
        EXPECT_FALSE(answer.has("Set-Cookie"));
    }
    EXPECT_EQ(refused(Refusal::handler_failed), 3u);
    EXPECT_EQ(client.get("/hello").body, "hello");
}

TEST_F(ServerTest, Answers304ToWhatTheClientHas) {
    add("/tagged", [](const Request&) {
        Response response = text("tagged");
        response.headers.emplace_back("ETag", "\"v1\"");
        return response;
    });
    Client client(start());
    const Answer first = client.get("/tagged");
    EXPECT_EQ(first.body, "tagged");
    EXPECT_TRUE(first.has("ETag: \"v1\"\r\n"));
    EXPECT_TRUE(first.has("Cache-Control: private, no-cache\r\n"));
    const Answer second = client.get("/tagged", "If-None-Match: \"v0\", W/\"v1\"\r\n");
    EXPECT_EQ(second.status, 304);
    EXPECT_TRUE(second.has("ETag: \"v1\"\r\n"));
    EXPECT_FALSE(second.has("Content-Length"));
    EXPECT_EQ(client.get("/tagged", "If-None-Match: \"v2\"\r\n").body, "tagged");
}

TEST_F(ServerTest, ServesFilesAndNothingElse) {
    const test::TempFolder folder;
    std::filesystem::create_directories(folder.path("www/assets"));
    std::filesystem::create_directories(folder.path("www/.git"));
    folder.write("secret", "secret");
    folder.write("www/index.html", "<p>index");
    folder.write("www/assets/app.3F2A91BC.js", "code");
    folder.write("www/assets/app.3F2A91BC.js.gz", "packed");
    folder.write("www/.git/config", "hidden");
    std::filesystem::create_symlink(folder.path("secret"), folder.path("www/link"));
    std::filesystem::create_directory_symlink(folder.path("."), folder.path("www/up"));
    settings.www = folder.path("www");
    Client client(start());

    const Answer index = client.get("/");
    EXPECT_EQ(index.body, "<p>index");
    EXPECT_TRUE(index.has("Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_TRUE(index.has("Cache-Control: no-cache\r\n"));
    const Answer plain = client.get("/assets/app.3F2A91BC.js");
    EXPECT_EQ(plain.body, "code");
    EXPECT_TRUE(plain.has("Vary: Accept-Encoding\r\n"));
    EXPECT_TRUE(plain.has("Cache-Control: public, max-age=31536000, immutable\r\n"));
    const Answer packed = client.get("/assets/app.3F2A91BC.js", "Accept-Encoding: br, gzip\r\n");
    EXPECT_EQ(packed.body, "packed");
    EXPECT_TRUE(packed.has("Content-Encoding: gzip\r\n"));
    EXPECT_TRUE(packed.has("Content-Type: text/javascript; charset=utf-8\r\n"));
    const size_t tag = packed.head.find("ETag: ") + 6;
    const Answer again = client.get(
        "/assets/app.3F2A91BC.js",
        "Accept-Encoding: gzip\r\nIf-None-Match: " + packed.head.substr(tag, 34) + "\r\n");
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(client.get("/hello").body, "hello");

    for (const char* target : {"/../secret", "/assets/../../secret", "/%2e%2e/secret",
                               "/..%2fsecret", "/assets%2f..%2f..%2fsecret", "/link", "/up/secret",
                               "/.git/config", "/assets", "/assets/", "//etc/passwd",
                               "/index.html/", "/./index.html", "/assets/app.3F2A91BC.js.gz"})
        EXPECT_EQ(client.get(target).status, 404) << target;
    EXPECT_EQ(client.get("/index.html%00").status, 400);
    EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 404);
}

TEST_F(ServerTest, AsksForTokensAndRoles) {
    const test::TempFolder folder;
    settings.token_file =
        folder.write("tokens", "# who\nread reader-0123456789\nadmin admin-01234567890\n");
    std::filesystem::permissions(settings.token_file, std::filesystem::perms(0600));
    router.add({Method::post, "/rules", Role::admin,
                [](const Request& request) { return text(std::string(name_of(request.role))); }});
    add("/query",
        [](const Request& request) { return text(std::to_string(request.parameters.size())); });
    Client client(start());
    const Answer none = client.get("/hello");
    EXPECT_EQ(none.status, 401);
    EXPECT_TRUE(none.has("WWW-Authenticate: Bearer realm=\"baleen\"\r\n"));
    EXPECT_EQ(client.get("/hello", "Authorization: Bearer reader-012345678\r\n").status, 401);
    EXPECT_EQ(client.get("/hello", "Authorization: Basic cmVhZGVy\r\n").status, 401);
    EXPECT_EQ(client.get("/hello", "Authorization: bearer reader-0123456789\r\n").status, 200);
    EXPECT_EQ(client.get("/now").status, 200);  // open to all
    // In the query for reading only, and no handler sees it.
    EXPECT_EQ(client.get("/query?a=1&access_token=reader-0123456789").body, "1");
    const auto post = [&](const std::string& target, const std::string& fields) {
        return client.ask("POST " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    };
    EXPECT_EQ(post("/rules?access_token=admin-01234567890", "").status, 401);
    EXPECT_EQ(post("/rules", "Authorization: Bearer reader-0123456789\r\n").status, 403);
    EXPECT_EQ(post("/rules", "Authorization: Bearer admin-01234567890\r\n").body, "admin");
    EXPECT_EQ(client.get("/api/v1/stream").status, 401);
    EXPECT_EQ(refused(Refusal::no_token), 4u);
    EXPECT_EQ(refused(Refusal::wrong_token), 1u);
    EXPECT_EQ(refused(Refusal::role), 1u);
}

TEST_F(ServerTest, BelievesATrustedProxyAboutItsClient) {
    const test::TempFolder folder;
    settings.token_file = folder.write("tokens", "read reader-0123456789\n");
    std::filesystem::permissions(settings.token_file, std::filesystem::perms(0600));
    settings.trusted_proxy = true;
    Client client(start());
    const Answer answer = client.ask(
        "GET /client HTTP/1.1\r\nHost: baleen.example\r\nAuthorization: Bearer "
        "reader-0123456789\r\n"
        "X-Forwarded-For: 1.2.3.4, 192.0.2.7\r\n\r\n");
    EXPECT_EQ(answer.body, "192.0.2.7");
}

TEST_F(ServerTest, DoesNotListenWhereItWouldBeOpenToAll) {
    settings.listen = "0.0.0.0:0";
    const auto opened = Server::open(settings, router, hub, [](const std::string&) {});
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("api.token_file"), std::string::npos);
}

TEST_F(ServerTest, SurvivesAnyBytes) {
    const uint16_t port = start();
    test::Random random;
    const std::string good =
        "POST /echo?a=b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (int round = 0; round < 300; round++) {
        std::string bytes = good;
        for (uint64_t i = random.between(1, 4); i > 0; i--)
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        Client client(port);
        client.send(bytes);
        if (random.one_in(2)) client.end_sending();
        else if (random.one_in(2)) client.reset();
    }
    EXPECT_EQ(Client(port).get("/hello").body, "hello");
    EXPECT_TRUE(eventually([&] { return server->snapshot().connections <= 1; }));
}

}  // namespace
}  // namespace baleen::api
