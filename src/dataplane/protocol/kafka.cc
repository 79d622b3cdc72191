// Kafka's requests ("Kafka protocol guide"): which client asks for what.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr size_t head_bytes = 14;  // length, key, version, number, length of the client's name
constexpr uint32_t request_bytes_max = 100u << 20;  // the broker's own default
constexpr uint16_t key_max = 80, version_max = 20, client_bytes_max = 256;
constexpr uint32_t events_max = 32;
constexpr NumberName keys[] = {
    {0, "produce"},
    {1, "fetch"},
    {2, "list_offsets"},
    {3, "metadata"},
    {8, "offset_commit"},
    {9, "offset_fetch"},
    {10, "find_coordinator"},
    {11, "join_group"},
    {12, "heartbeat"},
    {13, "leave_group"},
    {14, "sync_group"},
    {15, "describe_groups"},
    {16, "list_groups"},
    {17, "sasl_handshake"},
    {18, "api_versions"},
    {19, "create_topics"},
    {20, "delete_topics"},
    {21, "delete_records"},
    {22, "init_producer_id"},
    {24, "add_partitions_to_txn"},
    {26, "end_txn"},
    {29, "describe_acls"},
    {30, "create_acls"},
    {31, "delete_acls"},
    {32, "describe_configs"},
    {33, "alter_configs"},
    {36, "sasl_authenticate"},
    {37, "create_partitions"},
    {60, "describe_cluster"},
    {68, "consumer_group_heartbeat"},
};

struct State {
    bool is_begun;
    uint8_t client;  // direction
    EventBudget budget;
};

struct Request {
    explicit Request(Bytes bytes) {
        Cursor cursor(bytes);
        length = cursor.be32();
        key = cursor.be16();
        version = cursor.be16();
        cursor.skip(4);
        client_bytes = cursor.be16();
        const bool is_named = client_bytes != 0xffff;  // null
        client = is_named ? cursor.take(std::min<size_t>(client_bytes, cursor.left())) : Bytes{};
    }
    bool is_one() const {
        return length >= head_bytes - 4 && length <= request_bytes_max && key <= key_max &&
               version <= version_max && (client_bytes == 0xffff || client_bytes + 10u <= length);
    }
    uint32_t length;
    uint16_t key;
    uint16_t version;
    uint16_t client_bytes;
    Bytes client;
};

// The client's name is what tells it from other protocols that begin with a length.
Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes.size() >= 5 && bytes[4] != 0) return Recognition::no;
    if (bytes.size() < head_bytes) return Recognition::maybe;
    const Request request(bytes);
    const bool has_name = request.client_bytes > 1 && request.client_bytes <= client_bytes_max;
    if (!request.is_one() || !has_name || name_of(keys, request.key).empty())
        return Recognition::no;
    const bool is_text = std::all_of(request.client.begin(), request.client.end(),
                                     [](uint8_t byte) { return byte > ' ' && byte < 0x7f; });
    if (!is_text) return Recognition::no;
    return request.client.size() == request.client_bytes ? Recognition::yes : Recognition::maybe;
}

Progress parse(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const auto direction = static_cast<uint8_t>(session.turn().direction);
    if (!state.is_begun) state.client = direction;
    state.is_begun = true;
    if (direction != state.client) return Progress::stop();
    if (bytes.size() < head_bytes) return Progress::need(head_bytes);
    const Request head(bytes);
    if (!head.is_one()) return Progress::refuse();
    const bool is_named = head.client_bytes <= client_bytes_max;
    const size_t wanted = head_bytes + (is_named ? head.client_bytes : 0);
    if (bytes.size() < wanted) return Progress::need(wanted);
    const uint64_t total = 4 + uint64_t{head.length};
    if (!state.budget.admit(static_cast<uint8_t>(head.key), events_max))
        return Progress::skip(total);
    FieldWriter& event = session.event();
    tell_named(event, Field::kafka_api, keys, head.key);
    event.number(Field::kafka_api_version, head.version);
    if (is_named) event.text(Field::kafka_client_id, head.client);
    session.tell();
    return Progress::skip(total);
}

}  // namespace

const Parser kafka_parser = {
    .app_proto = AppProto::kafka,
    .transport = Transport::tcp,
    .recognise = recognise,
    .parse = parse,
};

}  // namespace baleen::protocol
