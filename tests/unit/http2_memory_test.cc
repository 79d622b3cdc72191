// HTTP/2 connections that want more memory than there is, or than one of them may have.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/protocol/conversation.h"

namespace baleen::protocol {
namespace {

using Outcome = Conversations::Outcome;

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr char headers = 1, continuation = 9;
constexpr char end_headers = 4;

struct Listener final : EventSink {
    void tell(const Turn&, AppProto, const FieldWriter&) override { events++; }
    int events = 0;
};

std::string frame(char type, char flags, char stream, std::string_view payload) {
    const auto size = static_cast<uint32_t>(payload.size());
    const char head[9] = {static_cast<char>(size >> 16),
                          static_cast<char>(size >> 8),
                          static_cast<char>(size),
                          type,
                          flags,
                          0,
                          0,
                          0,
                          stream};
    return std::string(head, sizeof head).append(payload);
}

// RFC 7541 section 5.1: the rest of a number behind a prefix that is full.
std::string rest_of(uint32_t number, uint32_t prefix) {
    std::string bytes;
    for (number -= prefix; number >= 128; number >>= 7)
        bytes += static_cast<char>(number % 128 + 128);
    return bytes + static_cast<char>(number);
}

// A header of a name of one letter that goes into the table.
std::string indexed_header(uint32_t value_bytes) {
    return std::string("\x40\x01x\x7f", 4) + rest_of(value_bytes, 127) +
           std::string(value_bytes, 'y');
}

class Http2Memory : public testing::Test {
protected:
    void open(uint64_t kept_bytes, uint32_t conversations = 1) {
        auto made =
            Conversations::create({.conversations_max = conversations, .kept_bytes = kept_bytes});
        ASSERT_TRUE(made);
        talks.emplace(std::move(*made));
    }
    uint32_t begin() { return talks->begin(Transport::tcp); }
    Outcome say(uint32_t talk, std::string_view bytes) {
        return talks->feed(
            talk, turn, {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, listener);
    }
    void end(uint32_t talk) { talks->end(talk, turn, listener); }
    void TearDown() override {
        EXPECT_EQ(talks->in_use(), 0u);
        EXPECT_EQ(talks->kept_in_use(), 0u);
    }

    std::optional<Conversations> talks;
    Listener listener;
    const Turn turn{.direction = 0,
                    .from_initiator = true,
                    .transport = Transport::tcp,
                    .src_port = 50000,
                    .dst_port = 80,
                    .time_ns = 0};
};

TEST_F(Http2Memory, RecognisesConnectionsThatItCannotRead) {
    open(256 * 1024);  // an eighth of it is no block
    const uint32_t talk = begin();
    EXPECT_EQ(say(talk, preface), Outcome::over);
    EXPECT_EQ(talks->app_proto(talk), AppProto::http2);
    EXPECT_EQ(talks->stats().heap_full, 1u);
    end(talk);
}

TEST_F(Http2Memory, ReadsAsManyAsThereIsMemoryFor) {
    open(1 << 20, 1000);
    std::vector<uint32_t> all;
    int read = 0;
    for (int i = 0; i < 1000; i++) {
        all.push_back(begin());
        read += say(all.back(), preface) == Outcome::goes_on ? 1 : 0;
    }
    EXPECT_GT(read, 10);
    EXPECT_LT(read, 1000);
    EXPECT_EQ(talks->stats().heap_full, 1000u - static_cast<unsigned>(read));
    for (const uint32_t talk : all) end(talk);
}

TEST_F(Http2Memory, RefusesOneByteThatStandsForFourKibibytesOverAndOver) {
    open(1 << 20);
    const uint32_t talk = begin();
    const std::string bomb = indexed_header(4000) + std::string(12'000, '\xbe');
    EXPECT_EQ(say(talk, preface), Outcome::goes_on);
    EXPECT_EQ(say(talk, frame(headers, end_headers, 1, bomb)), Outcome::over);
    EXPECT_EQ(talks->stats().refused, 1u);
    EXPECT_EQ(listener.events, 0);
    end(talk);
}

TEST_F(Http2Memory, DoesNotBelieveALengthThatIsBeyondItsShare) {
    open(1 << 20);
    const uint32_t talk = begin();
    // Coded in Huffman's way, of which twice as much may come; nothing has come yet.
    const std::string promise = std::string("\x40\x01x\xff", 4) + rest_of(60'000, 127) + "abc";
    EXPECT_EQ(say(talk, preface), Outcome::goes_on);
    say(talk, frame(headers, 0, 1, promise) + frame(continuation, end_headers, 1, "def"));
    EXPECT_EQ(talks->stats().heap_full, 1u);
    end(talk);
}

TEST_F(Http2Memory, GivesUpHeadersThatGoOnWithoutEnd) {
    open(1 << 20);
    const uint32_t talk = begin();
    EXPECT_EQ(say(talk, preface), Outcome::goes_on);
    EXPECT_EQ(say(talk, frame(headers, 0, 1, "\x82")), Outcome::goes_on);
    const uint32_t in_use = talks->kept_in_use();
    for (int i = 0; i < 100; i++) say(talk, frame(continuation, 0, 1, std::string(1000, '\x82')));
    EXPECT_LE(talks->kept_in_use(), in_use);
    EXPECT_EQ(talks->stats().too_long, 1u);
    EXPECT_EQ(listener.events, 0);
    end(talk);
}

TEST_F(Http2Memory, TellsRequestsBeyondTheStreamsItRemembersAtOnce) {
    open(1 << 20);
    const uint32_t talk = begin();
    EXPECT_EQ(say(talk, preface), Outcome::goes_on);
    for (int stream = 1; stream < 126; stream += 2)
        say(talk, frame(headers, end_headers, static_cast<char>(stream), "\x82\x84\x86"));
    EXPECT_EQ(listener.events, 63 - 56);
    end(talk);
    EXPECT_EQ(listener.events, 63);
}

}  // namespace
}  // namespace baleen::protocol
