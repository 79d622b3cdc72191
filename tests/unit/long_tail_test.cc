// nDPI behind our parsers: built with the Meson option `ndpi` only.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/protocol/conversation.h"
#include "tests/support/dialogue.h"

// Whoever allocates is counted, nDPI included.
extern "C" void* __libc_malloc(size_t bytes);  // NOLINT(bugprone-reserved-identifier)
namespace {
std::atomic<uint64_t> allocations{0};
}
extern "C" void* malloc(size_t bytes) {
    allocations++;
    return __libc_malloc(bytes);
}

namespace baleen::protocol {
namespace {

using namespace std::string_literals;

struct Names final : EventSink {
    void tell(const Turn&, AppProto told, const FieldWriter& fields) override {
        app_proto = told;
        events++;
        application::FieldReader field(fields.fields());
        if (told == AppProto::ndpi && field.next()) name = field.text();
    }
    AppProto app_proto = AppProto::unknown;
    std::string name;
    uint32_t events = 0;
};

struct Said {
    uint32_t direction;
    std::string bytes;
};
using Talk = std::vector<Said>;

Conversations conversations(uint64_t kept_bytes = 1 << 20, bool long_tail = true) {
    return std::move(*Conversations::create(
        {.conversations_max = 4, .kept_bytes = kept_bytes, .long_tail = long_tail}));
}

Names hold(Conversations& talks, Transport transport, uint16_t server_port, const Talk& said) {
    Names names;
    names.name.reserve(64);
    const auto turn_of = [&](uint32_t direction) {
        const bool is_client = direction == 0;
        return Turn{.direction = direction,
                    .from_initiator = is_client,
                    .transport = transport,
                    .src_port = is_client ? uint16_t{50000} : server_port,
                    .dst_port = is_client ? server_port : uint16_t{50000},
                    .time_ns = 1'000'000'000};
    };
    const uint32_t handle = talks.begin(transport);
    for (const auto& [direction, text] : said) {
        const Bytes bytes{reinterpret_cast<const uint8_t*>(text.data()), text.size()};
        if (talks.feed(handle, turn_of(direction), bytes, names) != Conversations::Outcome::goes_on)
            break;
    }
    talks.end(handle, turn_of(0), names);
    EXPECT_EQ(talks.kept_in_use(), 0u);
    return names;
}

const Talk rtsp = {{0, "OPTIONS rtsp://10.0.0.2/stream RTSP/1.0\r\nCSeq: 1\r\n\r\n"},
                   {1, "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE, SETUP\r\n\r\n"}};
const Talk mgcp = {{0, "AUEP 1 *@10.0.0.2 MGCP 1.0\r\n"}, {1, "200 1 OK\r\n"}};
// Here nDPI wants a cache of who mines.
const Talk mining = {{0, "{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": [\"a\"]}\n"}};
const Talk nonsense = {{0, "\xf1\xe2\xd3\xc4\xb5\xa6\x97\x88"s}, {1, "\x01\x92\x83\x74\x65"s}};

TEST(LongTail, NamesStreamsOnAnyPort) {
    Conversations talks = conversations();
    EXPECT_EQ(hold(talks, Transport::tcp, 7777, rtsp).name, "RTSP");
    EXPECT_EQ(talks.stats().tail_asked, 1u);
}

TEST(LongTail, NamesStreamsOfWhichOneDirectionWasSeen) {
    Conversations talks = conversations();
    EXPECT_EQ(hold(talks, Transport::tcp, 554, {rtsp[0]}).name, "RTSP");
}

TEST(LongTail, NamesDatagrams) {
    Conversations talks = conversations();
    EXPECT_EQ(hold(talks, Transport::udp, 2427, mgcp).name, "MGCP");
}

// nDPI wants four of TeamViewer's unless their port says the same.
TEST(LongTail, LooksAtSeveralDatagrams) {
    Conversations talks = conversations();
    const Said one = {0, "\0\x81\x92\x93\x94\x95\x96\x97\x98\x99\x9a\x17\x24\x9b\x9c"s};
    EXPECT_EQ(hold(talks, Transport::udp, 7777, {one, one, one}).name, "");
    EXPECT_EQ(hold(talks, Transport::udp, 7777, {one, one, one, one}).name, "TeamViewer");
    const Said large = {0, one.bytes + std::string(3000, 'x')};
    EXPECT_EQ(hold(talks, Transport::udp, 7777, {one, large, large, large}).name, "")
        << "beyond datagram_bytes_max";
}

TEST(LongTail, SaysNothingOfNonsenseNorByAPort) {
    Conversations talks = conversations();
    EXPECT_EQ(hold(talks, Transport::tcp, 554, nonsense).events, 0u);
    EXPECT_EQ(hold(talks, Transport::udp, 2427, nonsense).events, 0u);
    EXPECT_EQ(talks.stats().tail_asked, 2u);
}

TEST(LongTail, IsNotAskedWhatAParserKnows) {
    Conversations talks = conversations();
    const Names names = hold(talks, Transport::udp, 123, {{0, "\xe3" + std::string(47, '\0')}});
    EXPECT_EQ(names.app_proto, AppProto::ntp);
    // A parser may come to know it behind datagrams that were kept.
    std::string request = "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01x\0\0\x01\0\x01"s;
    const Talk late = {nonsense[0], {0, request}, {0, request}};
    EXPECT_EQ(hold(talks, Transport::udp, 53, late).events, 2u);
    EXPECT_EQ(talks.stats().tail_asked, 0u);
}

TEST(LongTail, IsNotAskedUnlessWanted) {
    Conversations talks = conversations(1 << 20, false);
    EXPECT_EQ(hold(talks, Transport::tcp, 554, rtsp).events, 0u);
}

TEST(LongTail, AnswersDependOnNoOtherFlow) {
    Conversations talks = conversations();
    for (int round = 0; round < 100; round++) {
        EXPECT_EQ(hold(talks, Transport::tcp, 7777, rtsp).name, "RTSP");
        EXPECT_EQ(hold(talks, Transport::tcp, 7777, mining).name, "Mining");
        EXPECT_EQ(hold(talks, Transport::tcp, 7777, nonsense).name, "");
        EXPECT_EQ(hold(talks, Transport::udp, 7777, nonsense).name, "");
    }
}

// What is kept for it must not come before a parser.
TEST(LongTail, ChangesNothingOfWhatParsersTell) {
    const auto by_parsers = [](std::vector<std::string> events) {
        std::erase_if(events, [](const std::string& e) { return e.starts_with("{\"ndpi\""); });
        return events;
    };
    for (const auto& file :
         std::filesystem::directory_iterator(BALEEN_SOURCE_ROOT "/tests/protocol")) {
        SCOPED_TRACE(file.path().stem());
        const test::Dialogue dialogue = test::read_dialogue(file.path());
        for (const size_t piece_bytes : {0, 1}) {
            if (piece_bytes > 0 && dialogue.transport == Transport::udp) continue;
            const test::Heard heard = test::hold(dialogue, piece_bytes, true);
            EXPECT_EQ(heard.app_proto, dialogue.app_proto);
            EXPECT_EQ(by_parsers(heard.events), dialogue.events);
            EXPECT_TRUE(heard.is_all_given_back);
        }
    }
}

TEST(LongTail, TakesNoMemoryButItsOwn) {
    Conversations talks = conversations();
    const uint64_t before = allocations;
    for (const Talk* talk : {&rtsp, &mgcp, &mining, &nonsense})
        for (const Transport transport : {Transport::tcp, Transport::udp})
            hold(talks, transport, 554, *talk);
    EXPECT_EQ(allocations - before, 8u) << "of Names, one each";
    EXPECT_EQ(talks.stats().tail_full, 0u);
}

TEST(LongTail, CountsWhatFindsNoMemory) {
    Conversations talks = conversations(1);
    EXPECT_EQ(hold(talks, Transport::tcp, 554, rtsp).events, 0u);
    EXPECT_GT(talks.stats().kept_full, 0u);
    EXPECT_EQ(talks.stats().tail_asked, 0u);
}

}  // namespace
}  // namespace baleen::protocol
