// Every golden case of tests/protocol/: what its parser tells, whole and in pieces.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "dataplane/protocol/protocols.h"
#include "tests/support/dialogue.h"

namespace baleen {
namespace {

std::vector<std::string> cases() {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(BALEEN_SOURCE_ROOT "/tests/protocol"))
        if (entry.path().extension() == ".txt") names.push_back(entry.path().stem());
    std::sort(names.begin(), names.end());
    return names;
}

class ProtocolGolden : public testing::TestWithParam<std::string> {
protected:
    test::Dialogue dialogue() const {
        return test::read_dialogue(std::string(BALEEN_SOURCE_ROOT "/tests/protocol/") + GetParam() +
                                   ".txt");
    }
    static void expect_as_written(const test::Dialogue& dialogue, const test::Heard& heard) {
        EXPECT_EQ(heard.app_proto, dialogue.app_proto);
        EXPECT_EQ(heard.events, dialogue.events);
        EXPECT_TRUE(heard.is_all_given_back);
    }
};

TEST_P(ProtocolGolden, TellsWhatIsWritten) {
    expect_as_written(dialogue(), test::hold(dialogue()));
}

TEST_P(ProtocolGolden, TellsTheSameOfStreamsInPieces) {
    const test::Dialogue said = dialogue();
    if (said.transport != protocol::Transport::tcp) return;
    for (const size_t piece : {1, 2, 3, 7, 64}) {
        SCOPED_TRACE("pieces of " + std::to_string(piece));
        expect_as_written(said, test::hold(said, piece));
    }
    for (size_t cut = 1; cut < 300; cut++) {
        SCOPED_TRACE("cut at " + std::to_string(cut));
        expect_as_written(said, test::hold_cut(said, cut));
    }
}

// A parser is not asked about first bytes that it does not name: it would have to say no.
TEST(ParserFirstBytes, AreAllThatItRecognises) {
    for (const protocol::Parser* parser : protocol::parsers())
        for (uint32_t first = 0; first < 256; first++) {
            if (parser->first_bytes.has(static_cast<uint8_t>(first))) continue;
            std::array<uint8_t, 64> bytes{static_cast<uint8_t>(first)};
            for (const auto transport : {protocol::Transport::tcp, protocol::Transport::udp})
                for (size_t size = 1; size <= bytes.size(); size++)
                    EXPECT_EQ(parser->recognise({.direction = 0,
                                                 .from_initiator = true,
                                                 .transport = transport,
                                                 .src_port = 1,
                                                 .dst_port = 2,
                                                 .time_ns = 0},
                                                protocol::Bytes(bytes).first(size)),
                              protocol::Recognition::no)
                        << static_cast<int>(parser->app_proto) << ' ' << first << ' ' << size;
        }
}

INSTANTIATE_TEST_SUITE_P(Cases, ProtocolGolden, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace baleen
