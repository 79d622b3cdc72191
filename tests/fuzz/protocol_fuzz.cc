// One parser (FUZZED) beside whatever a flow may say: an input is a transport and ports, then
// stretches of bytes, datagrams and gaps of both directions.
#include <cstdlib>
#include <string>
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

uint64_t only_fuzzed() {
    const auto all = protocol::parsers();
    for (size_t i = 0; i < all.size(); i++)
        if (all[i] == &protocol::FUZZED) return uint64_t{1} << i;
    std::abort();
}

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

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static auto talks = Conversations::create(
        {.conversations_max = 1, .kept_bytes = 1u << 20, .parsers = only_fuzzed()});
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
