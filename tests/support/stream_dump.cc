// stream_dump CAPTURE: every TCP stream of a capture as the reassembler delivers it, for a
// comparison with what others make of the same packets.
//
// A line per direction: number of the connection's first packet, source and destination, 1 if its
// beginning was not seen, the connection's overlaps that differed, then what was delivered: bytes
// as hex, a gap of 5 of them as <5>. A connection ends where the flow stage would end it: at a SYN
// of another one.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "dataplane/stream/reassembler.h"
#include "packet/parser.h"
#include "record/names.h"
#include "tests/support/each_packet.h"

using namespace baleen;
namespace tcp = packet::tcp;

namespace {

// Both ends, the lower one first, and the VLANs.
using End = std::pair<std::array<uint8_t, 16>, uint16_t>;
using Key = std::tuple<End, End, packet::VlanIds>;

struct Connection {
    uint64_t first_packet = 0;
    packet::FlowKey key{};  // of that packet
    uint32_t handle = 0;
    uint32_t syn_sequence = 0;
    bool has_syn = false;
    bool has_rst = false;
    uint64_t conflicts = 0;
    std::array<std::string, 2> texts;
    std::array<uint64_t, 2> ends{};

    void operator()(const stream::Chunk& chunk) {
        std::string& text = texts[chunk.direction];
        uint64_t& end = ends[chunk.direction];
        if (chunk.offset > end) text += fmt::format("<{}>", chunk.offset - end);
        for (const uint8_t byte : chunk.bytes) text += fmt::format("{:02x}", byte);
        end = chunk.offset + chunk.bytes.size();
    }
};

class Dump {
public:
    Dump()
        : streams_(
              std::move(*stream::Reassembler::create({.contexts_max = 1 << 20,
                                                      .buffer_bytes = uint64_t{1} << 30,
                                                      .buffer_bytes_per_direction = 16u << 20}))) {}

    void take(const packet::Packet& packet) {
        number_++;
        packet::FlowKey key;
        packet::Layers layers;
        if (packet::parse_packet(packet, options_, key, layers, outer_, notes_) !=
            packet::Verdict::counted_flow)
            return;
        flow::Segment segment;
        if (key.protocol != packet::protocol::tcp || !flow::read_segment(packet, layers, segment))
            return;
        Connection& connection = connection_of(key, segment);
        const bool forward =
            connection.key.src == key.src && connection.key.src_port == key.src_port;
        const uint64_t conflicts = streams_.stats().overlap_conflicts;
        streams_.take(connection.handle, forward ? 0 : 1, segment,
                      {packet.data + layers.payload_offset, layers.payload_length}, connection);
        connection.conflicts += streams_.stats().overlap_conflicts - conflicts;
    }

    void end() {
        for (auto& [key, connection] : connections_) finish(connection);
    }

private:
    Connection& connection_of(const packet::FlowKey& key, const flow::Segment& segment) {
        const End src{key.src, key.src_port}, dst{key.dst, key.dst_port};
        const Key both{std::min(src, dst), std::max(src, dst), key.vlan_ids};
        const bool opens = segment.has(tcp::syn) && !segment.has(tcp::ack);
        auto [at, is_new] = connections_.try_emplace(both);
        Connection& connection = at->second;
        const bool reuses_ports =
            opens && (connection.has_rst ||
                      (connection.has_syn && connection.syn_sequence != segment.sequence));
        if (!is_new && reuses_ports) {
            finish(connection);
            is_new = true;
        }
        if (is_new) {
            connection = {};
            connection.first_packet = number_;
            connection.key = key;
            connection.handle = streams_.acquire();
        }
        connection.has_rst = connection.has_rst || segment.has(tcp::rst);
        if (opens) {
            connection.has_syn = true;
            connection.syn_sequence = segment.sequence;
        }
        return connection;
    }

    void finish(Connection& connection) {
        streams_.flush(connection.handle, connection);
        const packet::FlowKey& key = connection.key;
        const std::string ends[2] = {record::format_address(key.src.data(), key.ip_version) + ":" +
                                         std::to_string(key.src_port),
                                     record::format_address(key.dst.data(), key.ip_version) + ":" +
                                         std::to_string(key.dst_port)};
        for (uint32_t i = 0; i < 2; i++)
            fmt::print("{} {} {} {} {} {}\n", connection.first_packet, ends[i], ends[1 - i],
                       streams_.direction(connection.handle, i).has(stream::midstream) ? 1 : 0,
                       connection.conflicts, connection.texts[i]);
        streams_.release(connection.handle);
    }

    stream::Reassembler streams_;
    std::map<Key, Connection> connections_;
    packet::ParseOptions options_;
    packet::Outer outer_{};
    packet::Notes notes_{};
    uint64_t number_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    Dump dump;
    test::each_packet(argv[1], [&](const packet::Packet& packet) { dump.take(packet); });
    dump.end();
    return 0;
}
