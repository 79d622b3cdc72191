// Requests out of bytes, in portions of every size.
#include "control/api/request_reader.h"

#include <gtest/gtest.h>

namespace baleen::api {
namespace {

using State = RequestReader::State;

// Takes `bytes` in portions until a request is whole; `in`: what was behind it.
State read(RequestReader& reader, std::string_view bytes, size_t portion, std::string& in) {
    for (size_t at = 0;;) {
        const State state = reader.take(in);
        if (state == State::done || state == State::refused) {
            in += bytes.substr(at);
            return state;
        }
        if (state == State::head_done) continue;
        if (at == bytes.size()) return state;
        in += bytes.substr(at, portion);
        at += std::min(portion, bytes.size() - at);
    }
}

constexpr RequestReader::Limits limits{.header_bytes = 1024, .target_bytes = 512, .body_bytes = 64};

TEST(RequestReader, ReadsTheSameInPortionsOfAnySize) {
    const std::string request =
        "\r\n\nPOST /a?b=c HTTP/1.1\r\nHost: h\r\nAccept: a\r\nACCEPT: b\r\n"
        "X-Forwarded-For: 1.2.3.4\r\nlast-event-id: 7\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "3\r\nabc\r\n2;ext=\"1\"\r\nde\r\n0\r\nHost: other\r\nOrigin: x\r\n\r\n";
    for (size_t portion = 1; portion <= request.size() + 4; portion++) {
        RequestReader reader(limits);
        std::string in;
        ASSERT_EQ(read(reader, request + "GET", portion, in), State::done) << portion;
        EXPECT_EQ(in, "GET");
        const Head& head = reader.head();
        EXPECT_EQ(head.method, "POST");
        EXPECT_EQ(head.target, "/a?b=c");
        EXPECT_EQ(head.host, "h");  // what comes behind the body is not believed
        EXPECT_EQ(head.origin, "");
        EXPECT_EQ(head.accept, "a, b");
        EXPECT_EQ(head.forwarded_for, "1.2.3.4");
        EXPECT_EQ(head.last_event_id, "7");
        EXPECT_TRUE(head.keeps_alive);
        EXPECT_TRUE(head.has_body);
        EXPECT_EQ(reader.body(), "abcde");
        reader.reset();
        EXPECT_EQ(read(reader, " /x HTTP/1.0\r\n\r\n", portion, in), State::done);
        EXPECT_EQ(reader.head().target, "/x");
        EXPECT_EQ(reader.head().accept, "");
        EXPECT_FALSE(reader.head().keeps_alive);
    }
}

// Beast's parser counts on these five bytes being there together.
TEST(RequestReader, TakesTheEndOfAnEmptyChunkedBodyByteByByte) {
    RequestReader reader(limits);
    std::string in;
    EXPECT_EQ(
        read(reader, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1,
             in),
        State::done);
    EXPECT_EQ(reader.body(), "");
}

TEST(RequestReader, KeepsNoMoreThanItsLimits) {
    const auto refusal_of = [](const std::string& request, size_t portion) {
        RequestReader reader(limits);
        std::string in;
        EXPECT_EQ(read(reader, request, portion, in), State::refused) << request.substr(0, 60);
        return reader.refusal();
    };
    const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
    const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
    for (const size_t portion : {size_t{1}, size_t{7}, size_t{100'000}}) {
        EXPECT_EQ(refusal_of("GET /" + std::string(2000, 'a'), portion), Refusal::target_too_long);
        EXPECT_EQ(
            refusal_of("GET /" + std::string(600, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", portion),
            Refusal::target_too_long);
        EXPECT_EQ(refusal_of(start + "X: " + std::string(2000, 'a'), portion),
                  Refusal::header_too_large);
        EXPECT_EQ(refusal_of(start + "Content-Length: 65\r\n\r\n", portion),
                  Refusal::body_too_large);
        EXPECT_EQ(refusal_of(chunked + "20\r\n" + std::string(32, 'a') + "\r\n21\r\n", portion),
                  Refusal::body_too_large);
        EXPECT_EQ(refusal_of(chunked + "1;" + std::string(2000, 'a'), portion),
                  Refusal::header_too_large);
        EXPECT_EQ(refusal_of(chunked + "0\r\nX: " + std::string(2000, 'a'), portion),
                  Refusal::header_too_large);
    }
    RequestReader reader(limits);
    std::string in;
    EXPECT_EQ(read(reader, start + "Content-Length: 64\r\n\r\n" + std::string(64, 'a'), 9, in),
              State::done);
}

}  // namespace
}  // namespace baleen::api
