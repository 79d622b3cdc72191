// DTLS 1.0 to 1.3 over UDP, on any port (RFC 6347, RFC 9147).
//
// CAPWAP's preamble in front of it (RFC 5415 section 4.2) is passed over.
// A message's fragments are joined if they come in their order; one that comes early is left to the
// sender's timer, which repeats the flight. What shares its flow with DTLS
// (STUN before WebRTC) has the flow begin anew for it.
#include <algorithm>

#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/tls_handshake.h"

namespace baleen::protocol {
namespace {

constexpr size_t record_header_bytes = 13;  // RFC 6347 section 4.1

enum class ContentType : uint8_t {
    change_cipher_spec = 20,
    alert = 21,
    handshake = 22,
    application_data = 23,
};

// The message that a direction's fragments are joined to, up to what is wanted of it.
struct Side {
    stream::Kept part;
    uint16_t sequence;
};

struct State {
    Handshake handshake;
    std::array<Side, 2> sides;
};

struct Record {
    uint8_t type = 0;
    uint16_t epoch = 0;
    Bytes content;
};

struct Fragment {
    uint8_t type = 0;
    uint32_t message_bytes = 0;
    uint16_t sequence = 0;
    uint32_t offset = 0;
    Bytes bytes;
};

// 0x0100: OpenSSL's before it was DTLS 1.0, still spoken by VPNs.
bool is_version(uint16_t version) {
    return version == 0xfeff || version == 0xfefd || version == 0xfefc || version == 0x0100;
}

bool read_record(Cursor& datagram, Record& record) {
    record.type = datagram.u8();
    const uint16_t version = datagram.be16();
    record.epoch = datagram.be16();
    datagram.skip(6);  // sequence number
    record.content = datagram.vector16();
    return datagram.ok() && is_version(version) && record.type >= 20 && record.type <= 25;
}

bool read_fragment(Cursor& content, Fragment& fragment) {
    fragment.type = content.u8();
    fragment.message_bytes = content.be24();
    fragment.sequence = content.be16();
    fragment.offset = content.be24();
    const uint32_t bytes = content.be24();
    fragment.bytes = content.take(bytes);
    return content.ok() && fragment.offset + bytes <= fragment.message_bytes;
}

// CAPWAP says in four bytes of its own that DTLS follows.
Bytes without_preamble(Bytes bytes) {
    constexpr size_t preamble_bytes = 4;
    const bool has_preamble =
        bytes.size() > preamble_bytes && base::load<uint32_t>(bytes.data()) == 1;
    return has_preamble ? bytes.subspan(preamble_bytes) : bytes;
}

// The first record is of a handshake that begins, or of a session that began unseen.
Recognition recognise(const Turn&, Bytes datagram_bytes) {
    const Bytes bytes = without_preamble(datagram_bytes);
    if (bytes.size() < record_header_bytes || bytes[0] < 20 || bytes[0] > 23)
        return Recognition::no;
    Cursor datagram(bytes);
    Record record;
    if (!read_record(datagram, record) || record.content.empty()) return Recognition::no;
    if (ContentType{record.type} == ContentType::application_data)
        return record.epoch > 0 && datagram.at_end() ? Recognition::yes : Recognition::no;
    constexpr uint8_t hello_verify_request = 3;
    Cursor content(record.content);
    Fragment fragment;
    const bool is_hello = ContentType{record.type} == ContentType::handshake && record.epoch == 0 &&
                          read_fragment(content, fragment) && fragment.type >= 1 &&
                          fragment.type <= hello_verify_request;
    return is_hello ? Recognition::yes : Recognition::no;
}

void take_whole(Session& session, State& state, const Fragment& fragment, Bytes body) {
    take_message(session, state.handshake, tls::HelloTransport::dtls, fragment.type, body);
}

void join(Session& session, State& state, const Fragment& fragment, uint32_t wanted) {
    stream::KeptBytes& kept = session.memory().kept;
    Side& side = state.sides[session.turn().direction];
    // The two hellos of a client may overlap on their way; the later one is it.
    const bool is_later = side.part.bytes == 0 || fragment.sequence > side.sequence;
    if (fragment.offset == 0 && is_later) {
        kept.release(side.part);
        side.sequence = fragment.sequence;
    }
    const uint32_t end = fragment.offset + static_cast<uint32_t>(fragment.bytes.size());
    const uint32_t have = side.part.bytes;
    if (fragment.sequence != side.sequence || fragment.offset > have || end <= have) return;
    const Bytes fresh = fragment.bytes.subspan(have - fragment.offset);
    if (!kept.append(side.part, fresh.first(std::min<size_t>(fresh.size(), wanted - have)))) return;
    if (side.part.bytes < wanted) return;
    take_whole(session, state, fragment, kept.whole(side.part));
    kept.release(side.part);
}

void take_fragments(Session& session, State& state, Bytes bytes) {
    Cursor content(bytes);
    Fragment fragment;
    while (!content.at_end() && read_fragment(content, fragment)) {
        const uint32_t wanted =
            wanted_bytes(state.handshake, fragment.type, fragment.message_bytes);
        if (fragment.offset == 0 && fragment.bytes.size() >= wanted)
            take_whole(session, state, fragment, fragment.bytes.first(wanted));
        else if (wanted > 0) join(session, state, fragment, wanted);
    }
}

// True: the handshake is over.
bool take_record(Session& session, State& state, const Record& record) {
    constexpr uint8_t level_fatal = 2;
    const bool is_in_clear = record.epoch == 0;
    switch (ContentType{record.type}) {
        case ContentType::change_cipher_spec: return change_cipher(session, state.handshake);
        case ContentType::handshake:
            if (is_in_clear) take_fragments(session, state, record.content);
            return false;
        case ContentType::alert:
            return is_in_clear && record.content.size() == 2 && record.content[0] == level_fatal;
        // Whatever was missed, it is over.
        case ContentType::application_data: return !is_in_clear;
    }
    return false;
}

// RFC 9147 section 4: records in cipher begin with the bits 001.
bool is_ciphered_record(uint8_t first) { return first >> 5 == 1; }

Progress parse(Session& session, Bytes datagram_bytes) {
    auto& state = session.state<State>();
    const Bytes bytes = without_preamble(datagram_bytes);
    if (is_ciphered_record(bytes[0]) && take_application_data(session, state.handshake))
        return Progress::done();
    Cursor datagram(bytes);
    Record record;
    while (!datagram.at_end() && read_record(datagram, record))
        if (take_record(session, state, record)) return Progress::done();
    return Progress::take(datagram_bytes.size());
}

void end(Session& session) {
    auto& state = session.state<State>();
    tell_handshake(session, state.handshake, false);
    release_handshake(session, state.handshake);
    for (Side& side : state.sides) session.memory().kept.release(side.part);
}

}  // namespace

const Parser dtls_parser = {
    .app_proto = AppProto::dtls,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\1").or_between(20, 23),
    .parse = parse,
    .end = end,
};

}  // namespace baleen::protocol
