// protocol_dump CAPTURE...: what the parsers of application protocols tell of a capture, without
// the data plane around them, for a comparison with what others see in the same packets.
//
// A line of JSON per event: capture, number of the packet, app_proto, who told whom, and its
// fields; then one per flow with `app_proto` alone.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "dataplane/protocol/conversation.h"
#include "dataplane/stream/reassembler.h"
#include "packet/parser.h"
#include "record/app_complete.h"
#include "record/app_json.h"
#include "record/names.h"
#include "tests/support/each_packet.h"

using namespace baleen;
using protocol::Conversations;
using protocol::Transport;

namespace {

// Protocol, both ends, the lower one first, and the VLANs.
using End = std::pair<std::array<uint8_t, 16>, uint16_t>;
using Key = std::tuple<uint8_t, End, End, packet::VlanIds>;

struct Talk {
    packet::FlowKey key{};  // of the first packet
    uint32_t stream = 0;
    uint32_t conversation = Conversations::absent;
    application::AppProto app_proto{};
    protocol::Turn last{};
    std::array<uint64_t, 2> ends{};
    uint32_t syn_sequence = 0;
    bool has_syn = false;
};

std::string_view name_of(application::AppProto app_proto) {
    const auto* info = application::find_app_proto(app_proto);
    return info == nullptr ? "unknown" : info->name;
}

class Dump final : protocol::EventSink {
public:
    explicit Dump(const char* capture)
        : capture_(capture),
          streams_(
              std::move(*stream::Reassembler::create({.contexts_max = 1 << 18,
                                                      .buffer_bytes = uint64_t{1} << 28,
                                                      .buffer_bytes_per_direction = 4u << 20}))),
          conversations_(std::move(*Conversations::create(
              {.conversations_max = 1 << 18, .kept_bytes = uint64_t{1} << 28}))) {}

    void take(const packet::Packet& packet) {
        number_++;
        packet::FlowKey key;
        packet::Layers layers;
        if (packet::parse_packet(packet, options_, key, layers, outer_, notes_) !=
            packet::Verdict::counted_flow)
            return;
        const protocol::Bytes payload{packet.data + layers.payload_offset, layers.payload_length};
        flow::Segment segment;
        const bool is_tcp =
            key.protocol == packet::protocol::tcp && flow::read_segment(packet, layers, segment);
        if (!is_tcp && (key.protocol != packet::protocol::udp || layers.l4_offset == 0)) return;
        Talk& talk = talk_of(key, is_tcp ? &segment : nullptr);
        const bool forward = talk.key.src == key.src && talk.key.src_port == key.src_port;
        talk_ = &talk;
        talk.last = {.direction = forward ? 0u : 1u,
                     .from_initiator = forward,
                     .transport = is_tcp ? Transport::tcp : Transport::udp,
                     .src_port = key.src_port,
                     .dst_port = key.dst_port,
                     .time_ns = packet.time_ns};
        if (is_tcp)
            streams_.take(talk.stream, talk.last.direction, segment, payload,
                          [&](const stream::Chunk& chunk) { take_chunk(talk, chunk); });
        else if (!payload.empty()) hear(talk, talk.last, payload);
    }

    void end() {
        for (auto& [key, talk] : talks_) finish(talk);
    }

private:
    Talk& talk_of(const packet::FlowKey& key, const flow::Segment* segment) {
        const End src{key.src, key.src_port}, dst{key.dst, key.dst_port};
        const Key both{key.protocol, std::min(src, dst), std::max(src, dst), key.vlan_ids};
        const bool opens =
            segment != nullptr && segment->has(packet::tcp::syn) && !segment->has(packet::tcp::ack);
        auto [at, is_new] = talks_.try_emplace(both);
        Talk& talk = at->second;
        if (!is_new && opens && talk.has_syn && talk.syn_sequence != segment->sequence) {
            finish(talk);
            is_new = true;
        }
        if (is_new) {
            talk = {};
            talk.key = key;
            talk.conversation =
                conversations_.begin(segment != nullptr ? Transport::tcp : Transport::udp);
            talk.stream = segment != nullptr ? streams_.acquire() : stream::handle_absent;
        }
        if (opens) {
            talk.has_syn = true;
            talk.syn_sequence = segment->sequence;
        }
        return talk;
    }

    void take_chunk(Talk& talk, const stream::Chunk& chunk) {
        protocol::Turn turn = talk.last;
        if (chunk.direction != turn.direction) {
            turn.direction = chunk.direction;
            turn.from_initiator = !turn.from_initiator;
            std::swap(turn.src_port, turn.dst_port);
        }
        uint64_t& end = talk.ends[chunk.direction];
        if (talk.conversation != Conversations::absent && chunk.offset > end &&
            conversations_.pass_gap(talk.conversation, turn, chunk.offset - end, *this) ==
                Conversations::Outcome::over)
            over(talk, turn);
        end = chunk.offset + chunk.bytes.size();
        hear(talk, turn, chunk.bytes);
    }

    void hear(Talk& talk, const protocol::Turn& turn, protocol::Bytes bytes) {
        if (talk.conversation == Conversations::absent) return;
        if (conversations_.feed(talk.conversation, turn, bytes, *this) ==
            Conversations::Outcome::over)
            over(talk, turn);
    }

    void over(Talk& talk, const protocol::Turn& turn) {
        if (talk.conversation == Conversations::absent) return;
        talk.app_proto = conversations_.app_proto(talk.conversation);
        conversations_.end(talk.conversation, turn, *this);
        talk.conversation = Conversations::absent;
    }

    void finish(Talk& talk) {
        talk_ = &talk;
        if (talk.stream != stream::handle_absent) {
            streams_.flush(talk.stream,
                           [&](const stream::Chunk& chunk) { take_chunk(talk, chunk); });
            streams_.release(talk.stream);
        }
        over(talk, talk.last);
        fmt::print("{},\"flow\":true}}\n", head(talk.last, talk.app_proto));
    }

    void tell(const protocol::Turn& turn, application::AppProto app_proto,
              const protocol::FieldWriter& fields) override {
        std::string json;
        record::append_app_json(json, record::complete_fields(fields.fields()));
        fmt::print("{}{}{}}}\n", head(turn, app_proto), json.empty() ? "" : ",", json);
    }

    std::string head(const protocol::Turn& turn, application::AppProto app_proto) const {
        const packet::FlowKey& key = talk_->key;
        const auto* from = turn.direction == 0 ? &key.src : &key.dst;
        const auto* to = turn.direction == 0 ? &key.dst : &key.src;
        return fmt::format(R"({{"capture":"{}","packet":{},"app_proto":"{}",)"
                           R"("from":"{}:{}","to":"{}:{}","proto":{})",
                           capture_, number_, name_of(app_proto),
                           record::format_address(from->data(), key.ip_version), turn.src_port,
                           record::format_address(to->data(), key.ip_version), turn.dst_port,
                           key.protocol);
    }

    const std::string capture_;
    stream::Reassembler streams_;
    Conversations conversations_;
    std::map<Key, Talk> talks_;
    Talk* talk_ = nullptr;
    packet::ParseOptions options_;
    packet::Outer outer_{};
    packet::Notes notes_{};
    uint64_t number_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; i++) {
        Dump dump(argv[i]);
        test::each_packet(argv[i], [&](const packet::Packet& packet) { dump.take(packet); });
        dump.end();
    }
    return argc > 1 ? 0 : 2;
}
