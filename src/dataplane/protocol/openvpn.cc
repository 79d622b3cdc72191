// OpenVPN: the reset with which either side begins, by the exact lengths that its ways of
// authentication leave. What follows is TLS in packets of its own, or encrypted.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

enum Opcode : uint8_t { client_reset = 7, server_reset = 8, client_reset_crypt = 10 };
constexpr size_t length_bytes = 2;  // in front of packets over TCP
constexpr size_t session_bytes = 8, head_bytes = 1 + session_bytes;
constexpr size_t replay_bytes = 8;                                 // a number and a time
constexpr size_t client_bytes = head_bytes + 1 + 4;                // no acknowledgements
constexpr size_t server_bytes = client_bytes + 4 + session_bytes;  // one
constexpr size_t crypt_bytes = replay_bytes + 32;                  // tls-crypt: SHA-256
constexpr std::array<size_t, 4> digest_bytes = {16, 20, 32, 64};   // tls-auth

struct State {
    std::array<bool, 2> is_told;
};

// `bytes` behind the session's number begin with the replay's number where there is one: 1.
bool is_reset(Bytes packet) {
    const uint8_t opcode = packet[0] >> 3;
    if ((packet[0] & 7) != 0 || packet.size() < client_bytes) return false;
    if (opcode == client_reset_crypt) return packet.size() > head_bytes + crypt_bytes;
    if (opcode != client_reset && opcode != server_reset) return false;
    const size_t plain = opcode == client_reset ? client_bytes : server_bytes;
    const size_t extra = packet.size() - std::min(packet.size(), plain);
    if (packet.size() == plain) return packet[head_bytes] == (opcode == client_reset ? 0 : 1);
    const bool is_first =
        packet.size() > head_bytes + 4 && base::load_be32(packet.data() + head_bytes) == 1;
    if (extra == crypt_bytes && is_first) return true;
    for (const size_t digest : digest_bytes) {
        const size_t number_at = head_bytes + digest;
        if (extra == digest + replay_bytes && packet.size() > number_at + 4 &&
            base::load_be32(packet.data() + number_at) == 1)
            return true;
    }
    return false;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (turn.transport == Transport::udp)
        return is_reset(bytes) ? Recognition::yes : Recognition::no;
    if (bytes[0] != 0) return Recognition::no;
    if (bytes.size() <= length_bytes) return Recognition::maybe;
    const uint8_t opcode = bytes[length_bytes] >> 3;
    if (opcode != client_reset && opcode != server_reset && opcode != client_reset_crypt)
        return Recognition::no;
    const size_t length = base::load_be16(bytes.data());
    if (length < client_bytes || length > 1024) return Recognition::no;
    if (bytes.size() < length_bytes + length) return Recognition::maybe;
    return is_reset(bytes.subspan(length_bytes, length)) ? Recognition::yes : Recognition::no;
}

Progress parse(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const uint32_t direction = session.turn().direction;
    size_t skipped = 0;
    if (session.turn().transport == Transport::tcp) {
        if (bytes.size() < length_bytes) return Progress::need(length_bytes);
        const size_t total = length_bytes + base::load_be16(bytes.data());
        if (bytes.size() < total) return Progress::need(total);
        bytes = bytes.first(total);
        skipped = length_bytes;
    }
    const Bytes packet = bytes.subspan(skipped);
    if (packet.empty() || !is_reset(packet)) return Progress::stop();
    const uint8_t opcode = packet[0] >> 3;
    session.event()
        .text(Field::openvpn_opcode,
              opcode == server_reset ? "hard_reset_server" : "hard_reset_client")
        .bytes(Field::openvpn_session_id, packet.subspan(1, session_bytes));
    session.tell();
    state.is_told[direction] = true;
    return state.is_told[1 - direction] ? Progress::done() : Progress::take(bytes.size());
}

}  // namespace

const Parser openvpn_parser = {
    .app_proto = AppProto::openvpn,
    .transport = Transport::both,
    .recognise = recognise,
    .parse = parse,
};

}  // namespace baleen::protocol
