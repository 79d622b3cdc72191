// MQTT 3.1, 3.1.1 and 5 (OASIS; sections are those of version 5): who connects, and the topics of
// what is published and subscribed to.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

// Types of control packets (section 2.1.2).
enum Type : uint8_t {
    connect = 1,
    connack = 2,
    publish = 3,
    subscribe = 8,
};
constexpr uint8_t level_5 = 5;  // whose packets have properties
constexpr size_t topic_bytes_max = 512, detail_bytes_max = 8 * 1024;
constexpr uint32_t topics_max = 16, publications_max = 24, events_max = 64;

struct State {
    bool is_connected;
    uint8_t level;
    uint32_t told;
    uint32_t publications;
    std::array<uint32_t, publications_max> topics;  // hashes of those told
};

// The fixed header (section 2.1): type and flags, then a length of up to four bytes.
struct Head {
    explicit Head(Bytes bytes) : type(bytes[0] >> 4), flags(bytes[0] & 15) {
        for (size_t i = 1; i < bytes.size(); i++) {
            length |= uint64_t{bytes[i] & 0x7fu} << 7 * (i - 1);
            if ((bytes[i] & 0x80) == 0) {
                size = i + 1;
                return;
            }
            is_wrong = i == 4;
            if (is_wrong) return;
        }
    }
    uint64_t total() const { return size + length; }
    uint8_t type;
    uint8_t flags;
    bool is_wrong = false;
    size_t size = 0;  // 0: more bytes are needed
    uint64_t length = 0;
};

// Names and levels belong together (section 3.1.2.2, and version 3.1 section 3.1).
Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes[0] != connect << 4) return Recognition::no;
    const Head head(bytes);
    if (head.is_wrong || (head.size != 0 && head.length < 10)) return Recognition::no;
    if (head.size == 0 || bytes.size() == head.size) return Recognition::maybe;
    const Bytes name = bytes.subspan(head.size);
    const Recognition old = begins_with(name, {"\0\6MQIsdp\3", 9});
    const Recognition new_4 = begins_with(name, {"\0\4MQTT\4", 7});
    const Recognition new_5 = begins_with(name, {"\0\4MQTT\5", 7});
    return std::max({old, new_4, new_5});
}

uint64_t take_variable(Cursor& cursor) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < 4; i++) {
        const uint8_t byte = cursor.u8();
        value |= uint64_t{byte & 0x7fu} << 7 * i;
        if ((byte & 0x80) == 0) break;
    }
    return value;
}

// Section 3.1.
void tell_connect(Session& session, Bytes packet) {
    auto& state = session.state<State>();
    Cursor cursor(packet);
    const Bytes name = cursor.vector16();
    state.level = cursor.u8();
    const uint8_t flags = cursor.u8();
    const uint16_t keep_alive_s = cursor.be16();
    if (state.level >= level_5) cursor.skip(take_variable(cursor));
    FieldWriter& event = session.event();
    event.text(Field::mqtt_protocol_string, name)
        .number(Field::mqtt_protocol_version, state.level)
        .number(Field::mqtt_keep_alive, keep_alive_s)
        .flag(Field::mqtt_clean_session, (flags & 0x02) != 0)
        .text(Field::mqtt_client_id, cursor.vector16());
    if ((flags & 0x04) != 0) {  // what to publish when it is gone
        if (state.level >= level_5) cursor.skip(take_variable(cursor));
        const Bytes topic = cursor.vector16();
        cursor.vector16();
        if (cursor.ok()) event.text(Field::mqtt_will_topic, topic);
    }
    if ((flags & 0x80) != 0) {
        const Bytes user = cursor.vector16();
        if (cursor.ok()) event.text(Field::mqtt_username, user);
    }
    session.tell();
}

// Section 3.2.
void tell_connack(Session& session, Bytes packet) {
    if (packet.size() < 2) return;
    session.event()
        .flag(Field::mqtt_session_present, (packet[0] & 1) != 0)
        .number(Field::mqtt_return_code, packet[1]);
    session.tell();
}

// FNV-1a: which topics were told; a collision costs one.
uint32_t hash(Bytes topic) {
    uint32_t value = 2166136261u;
    for (const uint8_t byte : topic) value = (value ^ byte) * 16777619u;
    return value;
}

// Section 3.3. Each topic once.
void tell_publish(Session& session, Bytes packet, uint8_t flags) {
    auto& state = session.state<State>();
    Cursor cursor(packet);
    const Bytes whole = cursor.vector16();
    const Bytes topic = whole.first(std::min(whole.size(), topic_bytes_max));
    if (!cursor.ok() || topic.empty() || state.publications >= publications_max) return;
    const uint32_t value = hash(topic);
    auto* told = state.topics.begin() + state.publications;
    if (std::find(state.topics.begin(), told, value) != told) return;
    *told = value;
    state.publications++;
    session.event()
        .text(Field::mqtt_publish_topic, topic)
        .number(Field::mqtt_publish_qos, flags >> 1 & 3);
    session.tell();
}

// Section 3.8.
void tell_subscribe(Session& session, Bytes packet) {
    Cursor cursor(packet);
    cursor.skip(2);
    if (session.state<State>().level >= level_5) cursor.skip(take_variable(cursor));
    FieldWriter& event = session.event();
    for (uint32_t i = 0; i < topics_max && !cursor.at_end(); i++) {
        const Bytes topic = cursor.vector16();
        const uint8_t options = cursor.u8();
        if (!cursor.ok()) break;
        event.object(Field::mqtt_subscribe_topics)
            .text(Field::mqtt_subscribe_topic, topic.first(std::min(topic.size(), topic_bytes_max)))
            .number(Field::mqtt_subscribe_qos, options & 3);
    }
    if (!event.is_empty()) session.tell();
}

void tell_packet(Session& session, const Head& head, Bytes packet) {
    switch (head.type) {
        case connect: return tell_connect(session, packet);
        case connack: return tell_connack(session, packet);
        case publish: return tell_publish(session, packet, head.flags);
        case subscribe: return tell_subscribe(session, packet);
        default: return;
    }
}

uint64_t bytes_wanted(const Head& head) {
    switch (head.type) {
        case connect:
        case connack:
        case subscribe: return std::min<uint64_t>(head.total(), detail_bytes_max);
        case publish: return std::min<uint64_t>(head.total(), head.size + 2 + topic_bytes_max);
        default: return 0;
    }
}

Progress parse(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const Head head(bytes);
    if (head.is_wrong || head.type == 0) return Progress::refuse();
    if (head.size == 0) return Progress::need(bytes.size() + 1);
    const uint64_t wanted = bytes_wanted(head);
    if (bytes.size() < wanted) return Progress::need(wanted);
    if (wanted != 0) tell_packet(session, head, bytes.first(wanted).subspan(head.size));
    if (wanted != 0 && head.type != publish) state.told++;
    const bool is_enough = state.told >= events_max || state.publications >= publications_max;
    return is_enough ? Progress::done() : Progress::skip(head.total());
}

}  // namespace

const Parser mqtt_parser = {
    .app_proto = AppProto::mqtt,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\x10"),
    .parse = parse,
};

}  // namespace baleen::protocol
