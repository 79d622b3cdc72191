// QUIC (RFC 9000, 9001, 9369), its drafts from 22 on, and what Google and Facebook made of it.
//
// One event for a handshake, told when the ServerHello is there, or when it is plain that none
// will come (answers_max, datagrams_max, the flow's end): so it has both sides' fingerprints. What
// the client's hello said is noted until then.
// What cannot be opened (an unknown version, a capture that begins late, damage) is told with its
// version alone.
// Not here: a connection that goes on between other addresses is another flow; only its connection
// ids would tell, and whoever knows those knows flows.
#include <algorithm>

#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/quic_frames.h"
#include "dataplane/protocol/quic_hello.h"
#include "dataplane/protocol/quic_packet.h"
#include "dataplane/protocol/worker_scratch.h"

namespace baleen::protocol {
namespace {

using quic::Layout;
using quic::LongHeader;
using quic::PacketType;
using quic::Side;

// Packets in one datagram: Initial, Handshake, 0-RTT and 1-RTT are all that there can be, and a
// sender may split one of them.
constexpr uint32_t coalesced_max = 6;
// Packets of a flow that are opened at most, which bounds what it may cost: 1,500 ns each (PERF:
// quic_bench; of that 800 are for the keys). A hello has three at most, each may come twice.
constexpr uint32_t openings_max = 24;
// Datagrams of the server without a ServerHello, and datagrams in all, before what is known is
// told.
constexpr uint32_t answers_max = 8;
constexpr uint32_t datagrams_max = 40;
// RFC 9000 section 7.2: of a client's first Initial, whoever it is sent to.
constexpr size_t first_id_bytes_min = 8;
// RFC 9000 section 14.1. Asked for only where nothing else is a sign.
constexpr size_t first_datagram_bytes_min = 1200;

struct State {
    std::array<quic::KeptPieces, 2> pieces;  // by Side
    stream::Kept noted;                      // fields of the client's hello
    uint32_t version;
    std::array<uint8_t, quic::connection_id_bytes_max> key_id;  // what keys are made of
    uint8_t key_id_bytes;
    uint8_t schedule;          // of the version's: the one that fits
    uint8_t client_direction;  // where `has_keys`
    bool has_keys;
    bool has_retry;
    bool starts_anew;  // the server has not taken the client's version
    bool has_client_hello;
    bool has_tags;
    bool is_over;
    bool is_told;
    uint8_t openings;
    uint8_t answers;
    uint8_t datagrams;
    // Where in the stream it begins, by Side: behind a HelloRetryRequest, or an earlier CHLO.
    std::array<uint16_t, 2> hello_at;
};

Bytes key_id_of(const State& state) { return Bytes(state.key_id).first(state.key_id_bytes); }

void set_key_id(State& state, Bytes id) {
    std::copy(id.begin(), id.end(), state.key_id.begin());
    state.key_id_bytes = static_cast<uint8_t>(id.size());
}

FieldWriter& begin_event(Session& session, const State& state) {
    std::array<char, 8> text;
    return session.event().text(Field::quic_version, quic::name_version(state.version, text));
}

// What was noted; the version is the one spoken in the end.
FieldWriter& compose(Session& session, const State& state) {
    return begin_event(session, state).append(session.memory().kept.view(state.noted));
}

void tell_once(Session& session, State& state) {
    state.is_over = true;
    if (state.is_told) return;
    state.is_told = true;
    session.tell();
}

// `message`: whole, or at the flow's end as much as there is.
void note_client_hello(Session& session, State& state, Bytes message) {
    auto& kept = session.memory().kept;
    kept.release(state.noted);
    kept.release(state.pieces[static_cast<size_t>(Side::client)].kept);
    state.has_client_hello = true;
    const FieldWriter& fields = session.event();
    quic::write_client_hello(session.event(), message, state.has_tags);
    // No ServerHello follows a CHLO, and without room for a note there is no waiting.
    if (!state.has_tags && kept.append(state.noted, fields.fields())) return;
    kept.release(state.noted);
    quic::write_client_hello(begin_event(session, state), message, state.has_tags);
    tell_once(session, state);
}

void take_server_hello(Session& session, State& state, Bytes message) {
    if (quic::write_server_hello(compose(session, state), message))
        return tell_once(session, state);
    uint16_t& hello_at = state.hello_at[static_cast<size_t>(Side::server)];
    hello_at = static_cast<uint16_t>(hello_at + message.size());
}

// The frames of one packet: their pieces of the handshake join what came before.
void take_frames(Session& session, State& state, Side side, const quic::HandshakeFrames& frames) {
    auto& kept = session.memory().kept;
    quic::StreamLayout& layout = session.memory().scratch.layout;
    quic::KeptPieces& pieces = state.pieces[static_cast<size_t>(side)];
    uint16_t& hello_at = state.hello_at[static_cast<size_t>(side)];
    layout.clear();
    pieces.lay_out(kept, layout);
    size_t fresh = 0;
    for (quic::HandshakeFrames frame = frames; frame.next();) {
        fresh += layout.put(frame.offset(), frame.bytes());
        // A client of Google's says CHLO again when the server wants to know more.
        if (state.has_tags && quic::begins_tags(frame.bytes()))
            hello_at = static_cast<uint16_t>(std::min(frame.offset(), uint64_t{UINT16_MAX}));
    }
    if (fresh == 0) return;
    const Bytes front = layout.front(hello_at);
    const size_t bytes = quic::hello_bytes(front, state.has_tags);
    if (bytes > quic::stream_bytes_max) {
        state.is_over = true;
    } else if (bytes != 0 && front.size() >= bytes) {
        if (side == Side::client) return note_client_hello(session, state, front.first(bytes));
        take_server_hello(session, state, front.first(bytes));
    }
    for (quic::HandshakeFrames frame = frames; !state.is_over && frame.next();)
        if (!pieces.add(kept, frame.offset(), frame.bytes())) state.is_over = true;
}

// With each schedule that may be the version's. Empty: none fits.
Bytes open(Session& session, State& state, const LongHeader& header, Bytes packet, Bytes id,
           Side side) {
    quic::InitialOpener& opener = session.memory().scratch.opener;
    const auto schedules = header.version.schedules;
    const bool is_settled = state.has_keys && state.schedule < schedules.size();
    for (size_t i = is_settled ? state.schedule : 0; i < schedules.size(); i++) {
        if (++state.openings > openings_max) state.is_over = true;
        if (state.is_over) return {};
        const auto keys = quic::derive_keys(schedules[i], id, side);
        const Bytes frames = opener.open(keys, packet, header.packet_number_at);
        if (!frames.empty()) state.schedule = static_cast<uint8_t>(i);
        if (!frames.empty() || is_settled) return frames;
    }
    return {};
}

void take_client_initial(Session& session, State& state, const LongHeader& header, Bytes packet) {
    if (state.has_client_hello && !state.starts_anew) return;
    const bool is_first = !state.has_keys || state.starts_anew;
    if (!state.has_keys && header.destination_id.size() < first_id_bytes_min) return;
    Bytes frames;
    if (!is_first) frames = open(session, state, header, packet, key_id_of(state), Side::client);
    const bool is_same_id = std::ranges::equal(header.destination_id, key_id_of(state));
    if (frames.empty() && (is_first || !is_same_id)) {
        frames = open(session, state, header, packet, header.destination_id, Side::client);
        if (frames.empty()) return;
        for (auto& pieces : state.pieces) session.memory().kept.release(pieces.kept);
        set_key_id(state, header.destination_id);
        state.client_direction = static_cast<uint8_t>(session.turn().direction);
        state.has_keys = true;
        state.starts_anew = false;
        state.has_retry = false;
        state.hello_at = {};
    }
    if (frames.empty()) return;
    state.version = header.version_number;
    state.has_tags = header.version.has_tags;
    take_frames(session, state, Side::client, {frames, header.version.layout, false});
}

void take_server_initial(Session& session, State& state, const LongHeader& header, Bytes packet) {
    if (state.has_tags) return;
    const Bytes frames = open(session, state, header, packet, key_id_of(state), Side::server);
    if (frames.empty()) return;
    state.version = header.version_number;
    take_frames(session, state, Side::server, {frames, header.version.layout, false});
}

// Google's before Q050: a hash of 12 bytes behind the packet's number, then frames in clear.
void take_clear(Session& session, State& state, uint32_t version, Bytes packet, size_t number_at,
                size_t number_bytes) {
    constexpr size_t hash_bytes = 12;
    constexpr uint32_t q039 = 0x51303339;
    const size_t frames_at = number_at + number_bytes + hash_bytes;
    state.version = version;
    state.has_tags = true;
    if (packet.size() <= frames_at || ++state.openings > openings_max) return;
    take_frames(session, state, Side::client,
                {packet.subspan(frames_at), Layout::google_flags, version < q039});
}

void take_packet(Session& session, State& state, const LongHeader& header, Bytes packet) {
    const bool is_server = state.has_keys && session.turn().direction != state.client_direction;
    if (state.version == 0) state.version = header.version_number;
    if (header.version.layout == Layout::google_long)
        return take_clear(session, state, header.version_number, packet, header.packet_number_at,
                          (packet[0] & 3u) + 1);
    switch (header.type) {
        case PacketType::initial:
            return is_server ? take_server_initial(session, state, header, packet)
                             : take_client_initial(session, state, header, packet);
        case PacketType::retry:
            // RFC 9001 section 5.2: keys are made of what the server wants to be called. Only the
            // first one counts (RFC 9000 section 17.2.5.2).
            if (is_server && !state.has_retry) set_key_id(state, header.source_id);
            state.has_retry |= is_server;
            return;
        case PacketType::negotiation:
            if (is_server) state.starts_anew = true;
            return;
        default: return;
    }
}

struct PublicHeader {
    uint32_t version;
    size_t number_at;
    size_t number_bytes;
};

// Q043 and before (Google's "QUIC Wire Layout Specification"): flags, a connection id of eight
// bytes, the version.
bool read_public_header(Bytes bytes, PublicHeader& header) {
    constexpr uint8_t has_version = 0x01, has_reset = 0x02, has_id = 0x08, unused = 0xc0;
    constexpr size_t version_at = 9;
    constexpr std::array<uint8_t, 4> number_widths = {1, 2, 4, 6};
    const uint8_t flags = bytes[0];
    if ((flags & (has_version | has_reset | has_id | unused)) != (has_version | has_id))
        return false;
    if (bytes.size() <= version_at + 4) return false;
    header = {base::load_be32(bytes.data() + version_at), version_at + 4,
              number_widths[flags >> 4 & 3]};
    return quic::look_up_version(header.version).layout == Layout::google_flags;
}

// RFC 9000 section 17.2.1: a list of versions. One of them has to be known.
bool is_negotiation(const LongHeader& header, Bytes bytes) {
    Cursor versions(bytes.subspan(header.packet_number_at));
    if (versions.at_end() || versions.left() % 4 != 0) return false;
    bool has_known = false;
    while (!versions.at_end()) has_known |= quic::look_up_version(versions.be32()).is_known();
    return has_known;
}

// A packet of a version that we know. What was cut short in capturing shows at least the beginning
// of a client's first one.
bool is_plausible(const LongHeader& header, Bytes bytes) {
    constexpr uint8_t fixed_bit = 0x40;
    constexpr size_t tag_bytes = 16, protected_bytes_min = 20;
    if (header.version.layout == Layout::google_long) return true;
    if ((bytes[0] & fixed_bit) == 0) return false;
    if (header.type == PacketType::retry) return bytes.size() - header.packet_number_at > tag_bytes;
    if (header.end - header.packet_number_at < protected_bytes_min) return false;
    return header.end <= bytes.size() || (header.type == PacketType::initial &&
                                          header.destination_id.size() >= first_id_bytes_min);
}

// An Initial packet as a client of any version so far would begin.
bool is_likely_initial(const LongHeader& header, Bytes bytes) {
    constexpr uint8_t fixed_bit = 0x40;
    return header.type == PacketType::initial && (bytes[0] & fixed_bit) != 0 &&
           header.destination_id.size() >= first_id_bytes_min &&
           bytes.size() >= first_datagram_bytes_min && header.end <= bytes.size();
}

Recognition recognise(const Turn&, Bytes bytes) {
    PublicHeader google;
    if (!quic::is_long_header(bytes[0]))
        return read_public_header(bytes, google) ? Recognition::yes : Recognition::no;
    const auto header = quic::read_long_header(bytes);
    if (!header) return Recognition::no;
    const bool is_quic = header->type == PacketType::negotiation ? is_negotiation(*header, bytes)
                         : header->version.is_known()            ? is_plausible(*header, bytes)
                                                      : is_likely_initial(*header, bytes);
    return is_quic ? Recognition::yes : Recognition::no;
}

void take_datagram(Session& session, State& state, Bytes bytes) {
    PublicHeader google;
    if (!quic::is_long_header(bytes[0])) {
        if (read_public_header(bytes, google))
            take_clear(session, state, google.version, bytes, google.number_at,
                       google.number_bytes);
        return;
    }
    for (uint32_t i = 0; i < coalesced_max && !bytes.empty() && !state.is_over; i++) {
        const auto header =
            quic::is_long_header(bytes[0]) ? quic::read_long_header(bytes) : std::nullopt;
        if (!header) return;
        const size_t end = std::min(header->end, bytes.size());
        take_packet(session, state, *header, bytes.first(end));
        bytes = bytes.subspan(end);
    }
}

void tell_what_is_known(Session& session, State& state) {
    if (state.is_told) return;
    const auto& client = state.pieces[static_cast<size_t>(Side::client)];
    if (!state.has_client_hello && client.kept.bytes > 0) {
        quic::StreamLayout& layout = session.memory().scratch.layout;
        layout.clear();
        client.lay_out(session.memory().kept, layout);
        note_client_hello(session, state, layout.front(state.hello_at[0]));
        if (state.is_told) return;
    }
    if (state.version == quic::negotiation_version) return;
    compose(session, state);
    tell_once(session, state);
}

Progress parse(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    take_datagram(session, state, bytes);
    const bool is_client = state.has_keys && session.turn().direction == state.client_direction;
    if (state.has_client_hello && !is_client) state.answers++;
    state.datagrams++;
    const bool is_readable = state.version == quic::negotiation_version ||
                             quic::look_up_version(state.version).is_known();
    if (is_readable && !state.is_over && state.answers < answers_max &&
        state.datagrams < datagrams_max)
        return Progress::take(bytes.size());
    tell_what_is_known(session, state);
    return Progress::done();
}

void end(Session& session) {
    auto& state = session.state<State>();
    tell_what_is_known(session, state);
    auto& kept = session.memory().kept;
    kept.release(state.noted);
    for (auto& pieces : state.pieces) kept.release(pieces.kept);
}

}  // namespace

const Parser quic_parser = {
    .app_proto = AppProto::quic,
    .transport = Transport::udp,
    .recognise = recognise,
    .parse = parse,
    .end = end,
};

}  // namespace baleen::protocol
