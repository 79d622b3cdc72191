// Questions that take their time, and bodies that are made piece by piece.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "tests/unit/api_client.h"

namespace baleen::api {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Client;
using test::eventually;
using test::ServerRun;

// What a handler or a source did, seen from the test.
struct Seen {
    std::atomic<int> running{0}, cancelled{0}, pieces{0}, destroyed{0};
    std::atomic<bool> may_end{false};
};

class QuestionTest : public ::testing::Test, public ServerRun {
protected:
    void add(std::string pattern, Handler handler) {
        router.add({Method::get, std::move(pattern), Role::read, std::move(handler)});
    }
    void SetUp() override {
        // Waits until it is allowed to end, or is called off.
        add("/slow", [this](const Request& request) {
            seen.running++;
            while (!seen.may_end && !request.is_cancelled()) std::this_thread::sleep_for(1ms);
            if (request.is_cancelled()) seen.cancelled++;
            seen.running--;
            Response response;
            response.body = "slow";
            return response;
        });
        const Handler at_once = [](const Request&) { return Response{}; };
        router.add({Method::get, "/now", Role::none, at_once, Threads::io});
        router.add({Method::get, "/of-a-helper", Role::none, at_once, Threads::helpers});
    }
    // Before the server, whose handlers refer to it.
    ~QuestionTest() override {
        seen.may_end = true;
        server.reset();
    }
    Seen seen;
};

TEST_F(QuestionTest, RefusesMoreThanMayWait) {
    settings.question_threads = 1;
    settings.questions_waiting_max = 2;
    const uint16_t port = start();
    const std::string slow = "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";
    Client running(port), waiting(port), waiting_too(port);
    running.send(slow);
    ASSERT_TRUE(eventually([&] { return seen.running == 1; }));
    waiting.send(slow);
    waiting_too.send(slow);
    ASSERT_TRUE(eventually([&] { return server->snapshot().questions_waiting == 2; }));
    Client refused_client(port);
    const Answer answer = refused_client.get("/slow");
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.has("Retry-After: 2\r\n"));
    EXPECT_EQ(refused(Refusal::questions_full), 1u);
    // What needs no thread is answered all the same.
    EXPECT_EQ(refused_client.get("/now").status, 200);
    // One that leaves makes room when it is needed.
    waiting.close();
    Client next(port);
    EXPECT_TRUE(eventually([&] {
        next.send(slow);
        return next.receive(20ms) ? next.answer().status == 0 : true;
    }));
    seen.may_end = true;
    EXPECT_EQ(running.answer().body, "slow");
    EXPECT_EQ(next.answer().body, "slow");
    EXPECT_EQ(waiting_too.answer().body, "slow");
}

TEST_F(QuestionTest, WhatWaitsForHelpersKeepsNobodyElseWaiting) {
    settings.question_threads = 1;
    const uint16_t port = start();
    Client slow(port), other(port);
    slow.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return seen.running == 1; }));
    EXPECT_EQ(other.get("/of-a-helper").status, 200);
    seen.may_end = true;
    EXPECT_EQ(slow.answer().body, "slow");
}

TEST_F(QuestionTest, CallsOffWhatTakesTooLong) {
    settings.question_timeout_ns = 100'000'000;
    Client client(start());
    const Answer answer = client.get("/slow");
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.body.find("question-timeout") != std::string::npos) << answer.body;
    EXPECT_TRUE(eventually([&] { return seen.cancelled == 1; }));
    EXPECT_EQ(refused(Refusal::question_timeout), 1u);
    EXPECT_EQ(client.get("/now").status, 200);
}

TEST_F(QuestionTest, CallsOffTheQuestionOfAClientThatLeaves) {
    const uint16_t port = start();
    for (const bool abruptly : {false, true}) {
        Client client(port);
        client.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
        ASSERT_TRUE(eventually([&] { return seen.running == 1; }));
        if (abruptly) client.reset();
        else client.close();
        ASSERT_TRUE(eventually([&] { return seen.running == 0; }));
        EXPECT_TRUE(eventually([&] { return server->snapshot().connections == 0; }));
    }
    EXPECT_EQ(seen.cancelled, 2);
}

TEST_F(QuestionTest, CallsOffEverythingAtTheEnd) {
    Client client(start());
    client.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return seen.running == 1; }));
    server->stop();
    EXPECT_EQ(seen.cancelled, 1);
    EXPECT_TRUE(client.is_closed());
}

class Pieces : public BodySource {
public:
    Pieces(Seen& seen, const std::atomic<bool>* cancelled, int count, size_t bytes, int throws_at)
        : seen_(seen), cancelled_(cancelled), count_(count), bytes_(bytes), throws_at_(throws_at) {}
    ~Pieces() override {
        char thread[16] = "";
        ::pthread_getname_np(::pthread_self(), thread, sizeof thread);
        EXPECT_STRNE(thread, "api-io");
        if (*cancelled_) seen_.cancelled++;
        seen_.destroyed++;
    }
    bool next(std::string& out) override {
        EXPECT_TRUE(out.empty());
        if (made_ == throws_at_) throw std::runtime_error("no more");
        // Every other piece is empty, which must not end the body.
        if (bytes_ == 0) out = made_ % 2 == 0 ? std::to_string(made_) + "," : "";
        else out.assign(bytes_, 'x');
        seen_.pieces++;
        return ++made_ != count_;
    }

private:
    Seen& seen_;
    const std::atomic<bool>* cancelled_;
    const int count_;
    const size_t bytes_;
    const int throws_at_;
    int made_ = 0;
};

class SourceTest : public QuestionTest {
protected:
    void add_source(const std::string& pattern, int count, size_t bytes, int throws_at = -1) {
        add(pattern, [=, this](const Request& request) {
            Response response;
            response.content_type = "text/plain";
            response.headers.emplace_back("ETag", "\"e\"");
            response.source =
                std::make_unique<Pieces>(seen, request.cancelled, count, bytes, throws_at);
            return response;
        });
    }
};

TEST_F(SourceTest, SendsPiecesAsChunksOrUpToTheEnd) {
    add_source("/pieces", 6, 0);
    const uint16_t port = start();
    Client client(port);
    for (int i = 0; i < 3; i++) {
        const Answer answer = client.get("/pieces");
        EXPECT_TRUE(answer.has("Transfer-Encoding: chunked\r\n"));
        EXPECT_FALSE(answer.has("Content-Length"));
        EXPECT_TRUE(answer.is_whole);
        EXPECT_EQ(answer.body, "0,2,4,");
    }
    Client old(port);
    const Answer answer = old.ask("GET /pieces HTTP/1.0\r\n\r\n");
    EXPECT_FALSE(answer.has("Transfer-Encoding"));
    EXPECT_EQ(answer.body, "0,2,4,");
    EXPECT_FALSE(old.was_reset());
    EXPECT_TRUE(eventually([&] { return seen.destroyed == 4; }));
    EXPECT_EQ(seen.cancelled, 0);
}

TEST_F(SourceTest, MakesNoPieceForHeadOr304) {
    add_source("/pieces", 6, 0);
    Client client(start());
    client.send("HEAD /pieces HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.answer(true).status, 200);
    EXPECT_EQ(client.get("/pieces", "If-None-Match: \"e\"\r\n").status, 304);
    EXPECT_EQ(client.get("/now").status, 200);
    EXPECT_TRUE(eventually([&] { return seen.destroyed == 2; }));
    EXPECT_EQ(seen.pieces, 0);
}

TEST_F(SourceTest, HoldsNoThreadForASlowClient) {
    settings.question_threads = 1;
    add_source("/endless", -1, 64 * 1024);
    const uint16_t port = start();
    Client slow(port);
    slow.receive_little();
    slow.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // It fills the sockets' buffers, and no more.
    int before = -1;
    ASSERT_TRUE(eventually([&] {
        std::this_thread::sleep_for(100ms);
        return std::exchange(before, seen.pieces.load()) == seen.pieces;
    }));
    EXPECT_GT(seen.pieces, 0);
    EXPECT_LT(seen.pieces, 200);
    seen.may_end = true;
    EXPECT_EQ(Client(port).get("/slow").body, "slow");
}

TEST_F(SourceTest, FreesTheSourceOfAClientThatLeaves) {
    add_source("/endless", -1, 64 * 1024);
    const uint16_t port = start();
    for (int i = 1; i <= 4; i++) {
        Client client(port);
        client.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
        ASSERT_TRUE(client.receive_until("\r\n\r\n"));
        if (i % 2 == 0) client.reset();
        else client.close();
        EXPECT_TRUE(eventually([&] { return seen.destroyed == i; }));
        EXPECT_EQ(seen.cancelled, i);
    }
    EXPECT_TRUE(eventually([&] { return server->snapshot().connections == 0; }));
    EXPECT_GT(refused(Refusal::client_gone), 0u);
}

TEST_F(SourceTest, DropsAClientThatDoesNotRead) {
    limits.write_timeout = 200ms;
    add_source("/endless", -1, 64 * 1024);
    Client client(start());
    client.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return seen.destroyed == 1; }));
    EXPECT_EQ(refused(Refusal::write_stalled), 1u);
}

TEST_F(SourceTest, NeverMakesACutBodyLookWhole) {
    add_source("/fails-later", 9, 1000, 3);
    add_source("/fails-at-once", 9, 1000, 0);
    const uint16_t port = start();
    Client client(port);
    const Answer chunked = client.get("/fails-later");
    EXPECT_EQ(chunked.status, 200);
    EXPECT_FALSE(chunked.is_whole);
    Client old(port);
    old.ask("GET /fails-later HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(old.was_reset());
    // Nothing was sent yet: there is room for the truth.
    EXPECT_EQ(Client(port).get("/fails-at-once").status, 500);
    EXPECT_EQ(refused(Refusal::handler_failed), 3u);
}

}  // namespace
}  // namespace baleen::api
