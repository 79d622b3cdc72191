// STUN (RFC 8489, and the classic one of RFC 3489) with what TURN adds (RFC 8656), over UDP and
// TCP.
//
// An event for each kind of message once a direction: clients repeat them every few seconds. What
// shares the flow is handed over: DTLS, and media once they look like RTP.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/stun_message.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t stun_port = 3478;
constexpr uint32_t attributes_max = 64;

// RFC 8489 section 18.3.
enum Attribute : uint16_t {
    mapped_address = 0x0001,
    username = 0x0006,
    error_code = 0x0009,
    xor_peer_address = 0x0012,
    realm = 0x0014,
    xor_relayed_address = 0x0016,
    xor_mapped_address = 0x0020,
    xor_mapped_address_old = 0x8020,  // before it had a number
    software = 0x8022,
};

// Bits by kind, a method's four classes: told of a direction, without and with a user. Clients of
// TURN ask again with one once they know the realm.
struct State {
    std::array<std::array<uint64_t, 2>, 2> told;
};

std::string_view method_name(uint32_t method) {
    switch (method) {
        case 0x001: return "binding";
        case 0x002: return "shared_secret";
        case 0x003: return "allocate";
        case 0x004: return "refresh";
        case 0x006: return "send";
        case 0x007: return "data";
        case 0x008: return "create_permission";
        case 0x009: return "channel_bind";
        case 0x00a: return "connect";
        case 0x00b: return "connection_bind";
        case 0x00c: return "connection_attempt";
        default: return "unknown";
    }
}
constexpr std::string_view class_names[] = {"request", "indication", "success", "error"};

// A message of the classic kind has no sign: its attributes have to fill it, and to be known ones
// unless the port is STUN's.
bool is_classic(const Turn& turn, Bytes bytes, const StunHead& head) {
    constexpr uint32_t binding = 1, shared_secret = 2, attribute_max = 0x0015;
    if (head.method != binding && head.method != shared_secret) return false;
    const bool has_port = turn.src_port == stun_port || turn.dst_port == stun_port;
    Cursor attributes(bytes.subspan(stun_head_bytes));
    while (!attributes.at_end()) {
        const uint16_t type = attributes.be16();
        const uint16_t length = attributes.be16();
        const bool is_known = (type >= 1 && type <= attribute_max) ||
                              (type >= xor_mapped_address_old && type <= software + 1);
        if ((!is_known && !has_port) || length % 4 != 0) return false;
        attributes.skip(length);
    }
    return attributes.ok() && (has_port || head.length > 0);
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    const StunHead head = read_stun_head(bytes);
    if (!head.is_possible) return Recognition::no;
    if (turn.transport == Transport::tcp) {
        if (bytes.size() < 8) return Recognition::maybe;
        return head.has_cookie ? Recognition::yes : Recognition::no;
    }
    if (bytes.size() != stun_head_bytes + head.length) return Recognition::no;
    return head.has_cookie || is_classic(turn, bytes, head) ? Recognition::yes : Recognition::no;
}

struct Address {
    std::array<uint8_t, 16> bytes;
    size_t length;
    uint16_t port;
};

// Sections 14.1 and 14.2: family, port, address; those of XOR- with the cookie and the transaction.
Address read_address(Bytes value, Bytes xored_with) {
    Address address{};
    Cursor cursor(value);
    cursor.skip(1);
    const uint8_t family = cursor.u8();
    address.port = cursor.be16();
    address.length = family == 2 ? 16 : 4;
    const Bytes raw = cursor.take(address.length);
    if (!cursor.ok() || (family != 1 && family != 2)) return {};
    std::copy(raw.begin(), raw.end(), address.bytes.begin());
    if (xored_with.empty()) return address;
    for (size_t i = 0; i < address.length; i++) address.bytes[i] ^= xored_with[i];
    address.port ^= base::load_be16(xored_with.data());
    return address;
}

void write_address(FieldWriter& event, Field field, Field port, const Address& address) {
    if (address.length == 0) return;
    event.bytes(field, Bytes(address.bytes).first(address.length)).number(port, address.port);
}

// The first of a kind: a later one is one more of a list (peers), or says the same.
class AttributeWriter {
public:
    AttributeWriter(FieldWriter& event, Bytes message)
        : event_(event), mask_(message.subspan(4, 16)) {}

    void write(uint16_t type, Bytes value) {
        switch (type) {
            case mapped_address: address(0, Field::stun_mapped_address, value, {}); break;
            case xor_mapped_address:
            case xor_mapped_address_old:
                address(0, Field::stun_mapped_address, value, mask_);
                break;
            case xor_relayed_address: address(1, Field::stun_relayed_address, value, mask_); break;
            case xor_peer_address: address(2, Field::stun_peer_address, value, mask_); break;
            case username: text(username_kind, Field::stun_username, value); break;
            case realm: text(4, Field::stun_realm, value); break;
            case software: text(5, Field::stun_software, value); break;
            case error_code:
                if (value.size() >= 4 && is_first(6))
                    event_.number(Field::stun_error_code, (value[2] & 7u) * 100 + value[3]);
                break;
            default: break;
        }
    }

    bool has_username() const { return (written_ >> username_kind & 1) != 0; }

private:
    static constexpr uint32_t username_kind = 3;

    bool is_first(uint32_t kind) {
        const bool is_new = (written_ >> kind & 1) == 0;
        written_ |= 1u << kind;
        return is_new;
    }
    void text(uint32_t kind, Field field, Bytes value) {
        while (!value.empty() && value.back() == 0) value = value.first(value.size() - 1);
        if (!value.empty() && is_first(kind)) event_.text(field, value);
    }
    void address(uint32_t kind, Field field, Bytes value, Bytes mask) {
        const auto port = static_cast<Field>(static_cast<uint16_t>(field) + 1);
        const Address address = read_address(value, mask);
        if (address.length > 0 && is_first(kind)) write_address(event_, field, port, address);
    }

    FieldWriter& event_;
    Bytes mask_;
    uint32_t written_ = 0;
};

void tell(Session& session, Bytes message, const StunHead& head) {
    auto& told = session.state<State>().told[session.turn().direction];
    const uint64_t kind = uint64_t{1} << (std::min(head.method, 15u) * 4 + head.message_class);
    if ((told[0] & told[1] & kind) != 0) return;
    FieldWriter& event = session.event();
    event.text(Field::stun_method, method_name(head.method))
        .text(Field::stun_class, class_names[head.message_class]);
    AttributeWriter writer(event, message);
    const bool is_padded = head.length % 4 == 0;
    Cursor attributes(message.subspan(stun_head_bytes));
    for (uint32_t i = 0; i < attributes_max && attributes.left() >= 4; i++) {
        const uint16_t type = attributes.be16();
        const Bytes value = attributes.vector16();
        if (is_padded)
            attributes.skip(std::min<size_t>((4 - value.size() % 4) % 4, attributes.left()));
        if (!attributes.ok()) break;
        writer.write(type, value);
    }
    uint64_t& told_so = told[writer.has_username() ? 1 : 0];
    if ((told_so & kind) != 0) return;
    told_so |= kind;
    session.tell();
}

bool is_dtls_handshake(Bytes bytes) {
    return bytes.size() > 13 && bytes[0] == 22 && bytes[1] == 0xfe && bytes[2] >= 0xfd;
}

// What else the flow carries (RFC 7983): its keys or its media, and their parser has it then.
Progress parse_datagram(Session& session, Bytes bytes) {
    const StunHead head = read_stun_head(bytes);
    if (head.is_possible && bytes.size() == stun_head_bytes + head.length)
        tell(session, bytes, head);
    else if (is_dtls_handshake(bytes)) return Progress::anew(0);
    else if (rtp_parser.recognise(session.turn(), bytes) == Recognition::yes)
        return Progress::anew(0);
    return Progress::take(bytes.size());
}

// Over TCP: messages, and data of TURN's channels, padded to four bytes (RFC 8656 section 12.5).
Progress parse(Session& session, Bytes bytes) {
    if (session.turn().transport == Transport::udp) return parse_datagram(session, bytes);
    if (bytes.size() < 4) return Progress::need(4);
    const uint64_t length = base::load_be16(bytes.data() + 2);
    if (is_channel(bytes[0])) return Progress::skip(4 + (length + 3) / 4 * 4);
    const StunHead head = read_stun_head(bytes);
    if (!head.is_possible) return Progress::refuse();
    if (bytes.size() < stun_head_bytes + length) return Progress::need(stun_head_bytes + length);
    if (!head.has_cookie) return Progress::refuse();
    tell(session, bytes.first(stun_head_bytes + length), head);
    return Progress::take(stun_head_bytes + length);
}

}  // namespace

const Parser stun_parser = {
    .app_proto = AppProto::stun,
    .transport = Transport::both,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(0, 0x3f),
    .parse = parse,
};

}  // namespace baleen::protocol
