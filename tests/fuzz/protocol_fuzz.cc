// One parser (`--parser=dns`) beside whatever a flow may say: an input is a transport and ports,
// then stretches of bytes, datagrams and gaps of both directions.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/protocol/conversation.h"
#include "dataplane/protocol/protocols.h"
#include "record/app_complete.h"
#include "record/app_json.h"

namespace {

using namespace baleen;
using protocol::Bytes;
using protocol::Conversations;
using protocol::Cursor;
using protocol::Transport;
using protocol::Turn;

struct Listener final : protocol::EventSink {
    void tell(const Turn&, application::AppProto, const protocol::FieldWriter& fields) override {
        std::string json;
        record::append_app_json(json, record::complete_fields(fields.fields()));
        application::FieldReader reader(fields.fields());
        while (reader.next())
            if (application::find_field(reader.number()) == nullptr) std::abort();
        if (reader.is_cut()) std::abort();
    }
};

// In the order of protocol::parsers().
constexpr std::array parser_names = {
#define BALEEN_PROTOCOL(name) std::string_view(#name),
#include "dataplane/protocol/protocols.def"
#undef BALEEN_PROTOCOL
};

uint64_t fuzzed_parsers = 0;  // as bits

// A stretch: direction, gap or not, length, bytes.
Conversations::Outcome feed(Conversations& talks, uint32_t talk, Cursor& input, Turn turn,
                            Listener& listener) {
    constexpr uint8_t backward = 1, is_gap = 2;
    const uint8_t kind = input.u8();
    turn.direction = kind & backward;
    turn.from_initiator = turn.direction == 0;
    if (!turn.from_initiator) std::swap(turn.src_port, turn.dst_port);
    const uint16_t length = input.be16();
    if ((kind & is_gap) != 0 && turn.transport == Transport::tcp)
        return talks.pass_gap(talk, turn, uint64_t{length} + 1, listener);
    const Bytes there = input.take(std::min<size_t>(length, input.left()));
    if (there.empty()) return Conversations::Outcome::goes_on;
    const std::vector<uint8_t> own(there.begin(), there.end());
    return talks.feed(talk, turn, own, listener);
}

}  // namespace

// Options with two dashes are none of libFuzzer's.
extern "C" int LLVMFuzzerInitialize(int* count, char*** words) {
    constexpr std::string_view option = "--parser=";
    for (int i = 1; i < *count; i++) {
        const std::string_view word = (*words)[i];
        for (size_t j = 0; j < parser_names.size(); j++)
            if (word.starts_with(option) && word.substr(option.size()) == parser_names[j])
                fuzzed_parsers = uint64_t{1} << j;
    }
    if (fuzzed_parsers != 0) return 0;
    std::fputs("--parser= has to name a parser of protocols.def\n", stderr);
    std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static auto talks = Conversations::create(
        {.conversations_max = 1, .kept_bytes = 1u << 20, .parsers = fuzzed_parsers});
    if (!talks) std::abort();
    Cursor input({data, size});
    Turn turn{.direction = 0,
              .from_initiator = true,
              .transport = (input.u8() & 1) != 0 ? Transport::tcp : Transport::udp,
              .src_port = input.be16(),
              .dst_port = input.be16(),
              .time_ns = 0};
    Listener listener;
    const uint32_t talk = talks->begin(turn.transport);
    auto outcome = Conversations::Outcome::goes_on;
    while (!input.at_end() && outcome == Conversations::Outcome::goes_on) {
        turn.time_ns += 1'000'000;
        outcome = feed(*talks, talk, input, turn, listener);
    }
    talks->end(talk, turn, listener);
    if (talks->in_use() != 0 || talks->kept_in_use() != 0) std::abort();
    return 0;
}
