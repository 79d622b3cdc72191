// Server-sent events over real sockets.
#include <gtest/gtest.h>

#include "tests/unit/api_client.h"

namespace baleen::api {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Client;
using test::eventually;
using test::ServerRun;

class StreamTest : public ::testing::Test, public ServerRun {
protected:
    void subscribe(Client& client, const std::string& query = "", const std::string& fields = "") {
        const uint64_t before = server->snapshot().streams;
        client.send("GET /api/v1/stream" + query + " HTTP/1.1\r\nHost: localhost\r\n" + fields +
                    "\r\n");
        ASSERT_TRUE(eventually([&] { return server->snapshot().streams == before + 1; }));
        ASSERT_TRUE(client.receive_until("retry: 2000\n\n"));
    }
};

std::string last_id(const std::string& text) {
    const size_t at = text.rfind("id: ") + 4;
    return text.substr(at, text.find('\n', at) - at);
}

TEST_F(StreamTest, SendsWhatIsPublishedFromThenOn) {
    Client client(start());
    hub.publish("before", "{}");
    subscribe(client);
    EXPECT_NE(client.received().find("Content-Type: text/event-stream\r\n"), std::string::npos);
    EXPECT_NE(client.received().find("Cache-Control: no-store\r\n"), std::string::npos);
    hub.publish("counters", "{\"a\":1}");
    ASSERT_TRUE(client.receive_until("event: counters\ndata: {\"a\":1}\nid: "));
    EXPECT_EQ(client.received().find("before"), std::string::npos);
}

TEST_F(StreamTest, SendsTheTopicsThatAreAskedFor) {
    Client client(start());
    subscribe(client, "?topics=a,c");
    for (const char* topic : {"a", "b", "c", "ab"}) hub.publish(topic, "{}");
    ASSERT_TRUE(client.receive_until("event: c\n"));
    EXPECT_NE(client.received().find("event: a\n"), std::string::npos);
    EXPECT_EQ(client.received().find("event: b\n"), std::string::npos);
    EXPECT_EQ(Client(server->port()).get("/api/v1/stream?topics=A%0Ab").status, 400);
}

TEST_F(StreamTest, GoesOnBehindTheLastEventOfTheClient) {
    const uint16_t port = start();
    Client first(port);
    subscribe(first);
    hub.publish("n", "1");
    ASSERT_TRUE(first.receive_until("data: 1\n"));
    ASSERT_TRUE(first.receive_until("\n\nevent: n\ndata: 1\nid: "));
    ASSERT_TRUE(first.receive_until(hub.id_of(1) + "\n\n"));
    const std::string id = last_id(first.received());
    first.close();
    ASSERT_TRUE(eventually([&] { return server->snapshot().streams == 0; }));
    hub.publish("n", "2");
    hub.publish("n", "3");
    Client second(port);
    subscribe(second, "", "Last-Event-ID: " + id + "\r\n");
    ASSERT_TRUE(second.receive_until("data: 3\n"));
    EXPECT_NE(second.received().find("data: 2\n"), std::string::npos);
    EXPECT_EQ(second.received().find("data: 1\n"), std::string::npos);
    EXPECT_EQ(second.received().find("gap"), std::string::npos);
}

TEST_F(StreamTest, TellsAGapWhereTheHistoryHasNoLongerWhatIsMissing) {
    const uint16_t port = start();
    for (int i = 1; i <= 1000; i++) hub.publish("n", std::to_string(i));
    Client client(port);  // the history has 512
    subscribe(client, "", "Last-Event-ID: " + hub.id_of(100) + "\r\n");
    ASSERT_TRUE(client.receive_until("data: 1000\n"));
    const std::string gap = "event: gap\ndata: {\"missed\":388}\nid: " + hub.id_of(488) + "\n\n";
    EXPECT_NE(client.received().find(gap + "event: n\ndata: 489\n"), std::string::npos)
        << client.received().substr(0, 2000);
    EXPECT_EQ(server->snapshot().events_skipped, 388u);
    // Of another run of this program nobody knows how many.
    Client other(port);
    subscribe(other, "", "Last-Event-ID: 1-999\r\n");
    ASSERT_TRUE(other.receive_until("event: gap\n"));
    ASSERT_TRUE(other.receive_until("data: 489\n"));
}

TEST_F(StreamTest, SkipsAClientForwardThatReadsTooSlowly) {
    const uint16_t port = start();
    Client slow(port), quick(port);
    slow.receive_little(64 * 1024);
    subscribe(slow);
    subscribe(quick);
    // Far more than sockets and history hold.
    const std::string data(8 * 1024, 'x');
    uint64_t quick_bytes = 0;
    for (int i = 0; i < 400; i++) {
        hub.publish("n", "\"" + std::to_string(i) + data + "\"");
        while (quick_bytes < uint64_t{8 * 1024} * static_cast<uint64_t>(i)) {
            ASSERT_TRUE(quick.receive());
            quick_bytes += quick.take_received().size();
        }
    }
    ASSERT_TRUE(slow.receive_until("event: gap\n"));
    ASSERT_TRUE(slow.receive_until("\"399xxx"));
    EXPECT_GT(server->snapshot().events_skipped, 100u);
}

TEST_F(StreamTest, DropsAClientThatDoesNotReadAtAll) {
    limits.write_timeout = 200ms;
    Client client(start());
    client.receive_little();
    subscribe(client);
    const std::string data(32 * 1024, 'x');
    EXPECT_TRUE(eventually([&] {
        hub.publish("n", data);
        return server->snapshot().streams == 0;
    }));
    EXPECT_EQ(refused(Refusal::write_stalled), 1u);
}

TEST_F(StreamTest, SendsCommentsWhileNothingHappens) {
    limits.heartbeat_interval = 50ms;
    limits.write_timeout = 100ms;  // which an idle stream outlives
    Client client(start());
    subscribe(client);
    ASSERT_TRUE(client.receive_until(":\n\n:\n\n:\n\n:\n\n:\n\n"));
    hub.publish("n", "1");
    EXPECT_TRUE(client.receive_until("data: 1\n"));
}

TEST_F(StreamTest, ForgetsClientsThatLeave) {
    const uint16_t port = start();
    Client first(port), second(port);
    subscribe(first);
    subscribe(second);
    first.close();
    EXPECT_TRUE(eventually([&] { return server->snapshot().streams == 1; }));
    second.reset();
    EXPECT_TRUE(eventually([&] { return server->snapshot().connections == 0; }));
}

TEST_F(StreamTest, ServesManyClientsFromManyPublishers) {
    settings.connections_per_client_max = 1000;
    const uint16_t port = start();
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 200; i++) {
        clients.push_back(std::make_unique<Client>(port));
        subscribe(*clients.back());
    }
    {
        std::vector<std::jthread> publishers;
        for (int t = 0; t < 4; t++)
            publishers.emplace_back([&] {
                for (int i = 0; i < 25; i++) hub.publish("n", "{}");
            });
    }
    for (const auto& client : clients) {
        ASSERT_TRUE(client->receive_until("id: " + hub.id_of(100) + "\n\n"));
        const std::string text = client->take_received();
        size_t at = 0;
        for (uint64_t i = 1; i <= 100; i++) {
            at = text.find("id: " + hub.id_of(i) + "\n", at);
            ASSERT_NE(at, std::string::npos) << i;
        }
    }
    EXPECT_EQ(server->snapshot().events_sent, 200u * 100u);
}

TEST_F(StreamTest, PublishesToNobodyAfterTheServerHasStopped) {
    Client client(start());
    subscribe(client);
    server.reset();
    EXPECT_TRUE(client.is_closed());
    hub.publish("n", "1");
}

}  // namespace
}  // namespace baleen::api
