// BitTorrent: handshakes between peers (BEP 3 and BEP 10) over TCP or uTP (BEP 29), and the queries
// of its distributed hash table (BEP 5).
#include "dataplane/protocol/bencode.h"
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr std::string_view peer_sign =
    "\x13"
    "BitTorrent protocol";
constexpr size_t handshake_bytes = 68, info_hash_at = 28, id_bytes = 20, peer_at = 48;
constexpr uint8_t message_extended = 20;
constexpr uint64_t extended_bytes_max = 8 * 1024;
constexpr uint32_t messages_max = 4, queries_max = 32;

constexpr std::string_view search_sign = "BT-SEARCH * HTTP/1.1\r\n";
constexpr std::string_view search_hash = "\r\nInfohash: ";
constexpr size_t hash_digits = 40;

constexpr size_t utp_head_bytes = 20;
constexpr uint8_t utp_data = 0x01, utp_state = 0x21, utp_syn = 0x41;  // type and version
constexpr uint32_t utp_datagrams_max = 4;

struct State {
    std::array<bool, 2> is_greeted;   // TCP: the handshake was told
    std::array<uint8_t, 2> messages;  // behind it
    bool is_dht;
    bool is_utp_asked;  // uTP: a connection is asked for
    bool is_utp;        // and granted
    uint32_t syn_direction;
    uint16_t connection;
    uint32_t datagrams;
    uint32_t queries;
};

struct Query {
    explicit Query(Bytes datagram) {
        is_whole = bencode::walk(datagram, [&](Bytes key, Bytes value) {
            if (key.size() != 1) return;
            Cursor text(value);
            switch (key[0]) {
                case 'y': kind = bencode::take_string(text); break;
                case 'q': name = bencode::take_string(text); break;
                case 't': transaction = bencode::take_string(text); break;
                case 'v': version = bencode::take_string(text); break;
                case 'a': arguments = value; break;
                case 'r': results = value; break;
                case 'e': error = value; break;
                default: break;
            }
        });
    }
    bool is_one() const {
        const bool is_known =
            kind.size() == 1 && (kind[0] == 'q' || kind[0] == 'r' || kind[0] == 'e');
        return is_whole && is_known && !transaction.empty();
    }
    bool is_whole;
    Bytes kind, name, transaction, version, arguments, results, error;
};

Recognition recognise_utp(Bytes bytes) {
    if (bytes[0] != utp_syn || bytes.size() < utp_head_bytes) return Recognition::no;
    Cursor cursor(bytes);
    cursor.skip(1);
    const uint8_t extension = cursor.u8();
    cursor.skip(6);
    const uint32_t difference = cursor.be32();
    const uint32_t window = cursor.be32();
    cursor.skip(2);
    const uint16_t acknowledged = cursor.be16();
    const bool is_first = difference == 0 && acknowledged == 0 && window != 0;
    const bool is_bare = extension == 0 ? cursor.at_end() : extension <= 2 && cursor.left() <= 64;
    return is_first && is_bare ? Recognition::yes : Recognition::no;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (turn.transport == Transport::tcp) return begins_with(bytes, peer_sign);
    if (bytes[0] == 'd' && bytes.back() == 'e' && bytes.size() > 2)
        return Query(bytes).is_one() ? Recognition::yes : Recognition::no;
    if (bytes[0] == search_sign[0]) return begins_with(bytes, search_sign);
    return recognise_utp(bytes);
}

void tell_handshake(Session& session, Bytes bytes, std::string_view transport) {
    const Bytes peer = bytes.subspan(peer_at, id_bytes);
    FieldWriter& event = session.event();
    event.text(Field::bittorrent_transport, transport)
        .bytes(Field::bittorrent_info_hash, bytes.subspan(info_hash_at, id_bytes))
        .bytes(Field::bittorrent_peer_id, peer);
    session.tell();
}

// What a client calls itself in its extended handshake (BEP 10).
void tell_client(Session& session, Bytes dictionary) {
    Bytes client;
    bencode::walk(dictionary, [&](Bytes key, Bytes value) {
        Cursor text(value);
        if (as_text(key) == "v") client = bencode::take_string(text);
    });
    if (client.empty()) return;
    session.event().text(Field::bittorrent_client, client);
    session.tell();
}

Progress take_peer(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const uint32_t direction = session.turn().direction;
    if (!state.is_greeted[direction]) {
        const Recognition greeting = begins_with(bytes, peer_sign);
        if (greeting == Recognition::no) return Progress::refuse();
        if (bytes.size() < handshake_bytes) return Progress::need(handshake_bytes);
        state.is_greeted[direction] = true;
        tell_handshake(session, bytes, "tcp");
        return Progress::take(handshake_bytes);
    }
    constexpr size_t head_bytes = 6;
    if (bytes.size() < head_bytes) return Progress::need(head_bytes);
    const uint64_t total = 4 + uint64_t{base::load_be32(bytes.data())};
    if (bytes[4] != message_extended || bytes[5] != 0) {
        const bool is_enough = ++state.messages[direction] >= messages_max;
        return is_enough ? Progress::stop() : Progress::skip(total);
    }
    if (total < head_bytes || total > extended_bytes_max) return Progress::stop();
    if (bytes.size() < total) return Progress::need(total);
    tell_client(session, bytes.first(total).subspan(head_bytes));
    return Progress::stop();
}

void tell_id(FieldWriter& event, Field field, Bytes value) {
    Cursor text(value);
    const Bytes id = bencode::take_string(text);
    if (id.size() == id_bytes) event.bytes(field, id);
}

void tell_request(FieldWriter& event, const Query& query) {
    event.text(Field::dht_request_type, query.name);
    Bytes id, target, info_hash, port;
    bencode::walk(query.arguments, [&](Bytes key, Bytes value) {
        if (as_text(key) == "id") id = value;
        if (as_text(key) == "target") target = value;
        if (as_text(key) == "info_hash") info_hash = value;
        if (as_text(key) == "port") port = value;
    });
    tell_id(event, Field::dht_request_id, id);
    tell_id(event, Field::dht_request_target, target);
    tell_id(event, Field::dht_request_info_hash, info_hash);
    Cursor number(port);
    const uint64_t value = bencode::take_number(number);
    if (number.ok()) event.number(Field::dht_request_port, value);
}

void tell_error(FieldWriter& event, Bytes list) {
    Cursor cursor(list);
    cursor.skip(1);
    const uint64_t number = bencode::take_number(cursor);
    const Bytes message = bencode::take_string(cursor);
    if (!cursor.ok()) return;
    event.number(Field::dht_error_number, number).text(Field::dht_error_message, message);
}

Progress take_query(Session& session, const Query& query) {
    auto& state = session.state<State>();
    if (!state.is_utp) session.rename(AppProto::bittorrent_dht);
    state.is_dht = true;
    FieldWriter& event = session.event();
    event.bytes(Field::dht_transaction_id, query.transaction);
    if (!query.version.empty()) event.bytes(Field::dht_client_version, query.version);
    if (query.kind[0] == 'q') tell_request(event, query);
    if (query.kind[0] == 'e') tell_error(event, query.error);
    if (query.kind[0] == 'r')
        bencode::walk(query.results, [&](Bytes key, Bytes value) {
            if (as_text(key) == "id") tell_id(event, Field::dht_response_id, value);
        });
    session.tell();
    return ++state.queries >= queries_max ? Progress::done() : Progress::take(1);
}

// It is uTP once the one who was asked answers with the connection's number.
Progress take_utp(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const uint32_t direction = session.turn().direction;
    const bool is_packet = bytes.size() >= utp_head_bytes;
    const uint16_t connection = is_packet ? base::load_be16(bytes.data() + 2) : 0;
    if (!state.is_utp_asked && is_packet) {
        state.is_utp_asked = true;
        state.syn_direction = direction;
        state.connection = connection;
        return Progress::take(bytes.size());
    }
    const bool is_grant = is_packet && bytes[0] == utp_state && connection == state.connection &&
                          direction != state.syn_direction;
    if (!state.is_utp && is_grant) {
        state.is_utp = true;
        session.event().text(Field::bittorrent_transport, "utp");
        session.tell();
    }
    const Bytes data = bytes.subspan(std::min(bytes.size(), utp_head_bytes));
    if (state.is_utp && is_packet && bytes[0] == utp_data && data.size() >= handshake_bytes &&
        begins_with(data, peer_sign) == Recognition::yes)
        tell_handshake(session, data, "utp");
    if (++state.datagrams < utp_datagrams_max) return Progress::take(bytes.size());
    return state.is_utp || state.is_dht ? Progress::done() : Progress::withdraw();
}

// Peers in the same network (BEP 14); the hash comes as digits.
void tell_search(Session& session, Bytes datagram) {
    const std::string_view text = as_text(datagram);
    const size_t at = text.find(search_hash);
    FieldWriter& event = session.event();
    event.text(Field::bittorrent_transport, "lsd");
    std::array<uint8_t, id_bytes> hash{};
    const std::string_view digits =
        at == std::string_view::npos ? "" : text.substr(at + search_hash.size(), hash_digits);
    for (size_t i = 0; i < digits.size(); i++) {
        const auto digit = static_cast<uint8_t>(digits[i]);
        const uint32_t value = (digit & 15u) + (digit > '9' ? 9 : 0);
        hash[i / 2] = static_cast<uint8_t>(hash[i / 2] << 4 | value);
    }
    if (digits.size() == hash_digits) event.bytes(Field::bittorrent_info_hash, hash);
    session.tell();
}

Progress parse(Session& session, Bytes bytes) {
    if (session.turn().transport == Transport::tcp) return take_peer(session, bytes);
    if (bytes[0] == 'd') {
        const Query query(bytes);
        if (!query.is_one()) return Progress::take(bytes.size());
        const Progress progress = take_query(session, query);
        return progress.kind == Progress::Kind::done ? progress : Progress::take(bytes.size());
    }
    if (begins_with(bytes, search_sign) == Recognition::yes) {
        tell_search(session, bytes);
        return Progress::done();
    }
    return take_utp(session, bytes);
}

}  // namespace

const Parser bittorrent_parser = {
    .app_proto = AppProto::bittorrent,
    .transport = Transport::both,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\x13"
                                  "dBA"),
    .parse = parse,
    .is_tentative = true,
};

}  // namespace baleen::protocol
