// PostgreSQL's protocol 3 ("Message Formats" of its manual): who connects to what, how the server
// wants to know them, and what it refuses.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr size_t startup_head_bytes = 8;        // a length and a code
constexpr size_t head_bytes = 5;                // a type and a length that counts itself
constexpr uint32_t startup_bytes_max = 10'000;  // the server's own limit
constexpr uint32_t protocol_major = 3, protocol_minor_max = 2;
constexpr uint32_t ssl_request = 80877103, gss_request = 80877104, cancel_request = 80877102;
constexpr uint32_t parameters_max = 32;
constexpr size_t query_bytes_max = 256, text_message_bytes_max = 4096;
constexpr uint32_t events_max = 64;

constexpr NumberName authentications[] = {
    {0, "ok"},   {2, "kerberos_v5"}, {3, "cleartext_password"}, {5, "md5_password"}, {7, "gss"},
    {9, "sspi"}, {10, "sasl"},
};

struct State {
    bool is_begun;
    bool is_started;    // the client has said who it is
    bool is_ssl_asked;  // one byte answers it
    uint8_t client;     // direction
    EventBudget budget;
};

bool is_protocol(uint32_t code) {
    return code >> 16 == protocol_major && (code & 0xffff) <= protocol_minor_max;
}

Recognition recognise_startup(Bytes bytes) {
    if (bytes.size() < startup_head_bytes)
        return bytes.size() > 1 && bytes[1] != 0 ? Recognition::no : Recognition::maybe;
    const uint32_t length = base::load_be32(bytes.data());
    const uint32_t code = base::load_be32(bytes.data() + 4);
    const bool is_request = (length == 8 && (code == ssl_request || code == gss_request)) ||
                            (length == 16 && code == cancel_request);
    if (is_request) return Recognition::yes;
    if (!is_protocol(code) || length <= startup_head_bytes || length > startup_bytes_max)
        return Recognition::no;
    if (bytes.size() == startup_head_bytes) return Recognition::maybe;
    const uint8_t letter = bytes[startup_head_bytes];
    return (letter >= 'a' && letter <= 'z') || letter == '_' ? Recognition::yes : Recognition::no;
}

// Where the client was not seen: the server's request for a password, or its consent.
Recognition recognise_authentication(Bytes bytes) {
    const Recognition consent = begins_with(bytes, {"R\0\0\0\x08\0\0\0\0S\0\0", 12});
    const Recognition md5 = begins_with(bytes, {"R\0\0\0\x0c\0\0\0\x05", 9});
    const Recognition sasl =
        begins_with(bytes.first(std::min<size_t>(bytes.size(), 4)), {"R\0\0\0", 4});
    if (consent == Recognition::yes || md5 == Recognition::yes) return Recognition::yes;
    if (sasl == Recognition::yes && bytes.size() >= 14)
        return begins_with(bytes.subspan(5), {"\0\0\0\x0aSCRAM", 9});
    return sasl == Recognition::no ? Recognition::no : Recognition::maybe;
}

Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes[0] == 0) return recognise_startup(bytes);
    return bytes[0] == 'R' ? recognise_authentication(bytes) : Recognition::no;
}

Bytes take_text(Cursor& cursor) {
    Cursor ahead(cursor);
    const Bytes text = until_zero(ahead.rest());
    cursor.skip(std::min(cursor.left(), text.size() + 1));
    return text;
}

// In the order of the registry, whatever order they come in.
void tell_parameters(FieldWriter& event, Bytes parameters) {
    struct Wanted {
        std::string_view key;
        Field field;
    };
    constexpr std::array<Wanted, 3> wanted = {{
        {"user", Field::pgsql_user},
        {"database", Field::pgsql_database},
        {"application_name", Field::pgsql_application_name},
    }};
    for (const Wanted& one : wanted) {
        Cursor cursor(parameters);
        for (uint32_t i = 0; i < parameters_max && cursor.left() > 1; i++) {
            const std::string_view key = as_text(take_text(cursor));
            const Bytes value = take_text(cursor);
            if (key == one.key) event.text(one.field, value);
        }
    }
}

void tell_startup(Session& session, uint32_t code, Bytes parameters) {
    FieldWriter& event = session.event();
    const std::array<char, 3> version = {'3', '.', static_cast<char>('0' + (code & 0xffff))};
    event.text(Field::pgsql_protocol_version, std::string_view(version.data(), version.size()));
    tell_parameters(event, parameters);
    session.tell();
}

Progress take_startup(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    if (bytes.size() < startup_head_bytes) return Progress::need(startup_head_bytes);
    const uint32_t length = base::load_be32(bytes.data());
    const uint32_t code = base::load_be32(bytes.data() + 4);
    if (length < startup_head_bytes || length > startup_bytes_max) return Progress::refuse();
    if (bytes.size() < length) return Progress::need(length);
    if (is_protocol(code)) {
        state.is_started = true;
        tell_startup(session, code, bytes.first(length).subspan(startup_head_bytes));
        return Progress::take(length);
    }
    const std::string_view message = code == ssl_request   ? "SSL Request"
                                     : code == gss_request ? "GSSENC Request"
                                                           : "Cancel Request";
    session.event().text(Field::pgsql_request_message, message);
    session.tell();
    state.is_ssl_asked = code == ssl_request || code == gss_request;
    return code == cancel_request ? Progress::done() : Progress::take(length);
}

// Simple queries and those that are prepared; the rest of what clients say is data.
Progress take_request(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const uint64_t total = 1 + uint64_t{base::load_be32(bytes.data() + 1)};
    if (total < head_bytes) return Progress::refuse();
    const uint8_t type = bytes[0];
    if (type != 'Q' && type != 'P') return Progress::skip(total);
    const uint64_t wanted = std::min<uint64_t>(total, head_bytes + 2 * query_bytes_max);
    if (bytes.size() < wanted) return Progress::need(wanted);
    Cursor cursor(bytes.first(wanted).subspan(head_bytes));
    if (type == 'P') take_text(cursor);  // the statement's name
    const Bytes query = take_text(cursor);
    if (!state.budget.admit(type, events_max)) return Progress::done();
    session.event().text(Field::pgsql_simple_query,
                         query.first(std::min(query.size(), query_bytes_max)));
    session.tell();
    return Progress::skip(total);
}

void tell_error(FieldWriter& event, Bytes message) {
    Bytes severity, code, text;
    Cursor cursor(message);
    for (uint32_t i = 0; i < parameters_max && cursor.left() > 1; i++) {
        const uint8_t kind = cursor.u8();
        const Bytes value = take_text(cursor);
        if (kind == 'S') severity = value;
        if (kind == 'C') code = value;
        if (kind == 'M') text = value;
    }
    event.text(Field::pgsql_severity, severity)
        .text(Field::pgsql_code, code)
        .text(Field::pgsql_message, text);
}

// Something is told of it.
bool tell_response(FieldWriter& event, uint8_t type, Bytes message) {
    Cursor cursor(message);
    if (type == 'E') {
        tell_error(event, message);
    } else if (type == 'R') {
        const uint32_t method = cursor.be32();
        if (name_of(authentications, method).empty()) return false;  // steps of a method
        tell_named(event, Field::pgsql_authentication, authentications, method);
    } else if (type == 'S') {
        if (as_text(take_text(cursor)) != "server_version") return false;
        event.text(Field::pgsql_server_version, take_text(cursor));
    } else {
        return false;
    }
    return true;
}

Progress take_response(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const uint64_t total = 1 + uint64_t{base::load_be32(bytes.data() + 1)};
    const uint8_t type = bytes[0];
    if (total < head_bytes) return Progress::refuse();
    if (type != 'E' && type != 'R' && type != 'S') return Progress::skip(total);
    const uint64_t wanted = std::min<uint64_t>(total, text_message_bytes_max);
    if (bytes.size() < wanted) return Progress::need(wanted);
    FieldWriter& event = session.event();
    if (tell_response(event, type, bytes.first(wanted).subspan(head_bytes))) {
        if (!state.budget.admit(type, events_max)) return Progress::done();
        session.tell();
    }
    return Progress::skip(total);
}

// The one byte that answers a request for encryption; old servers answer with an error.
Progress take_ssl_answer(Session& session, uint8_t answer) {
    session.state<State>().is_ssl_asked = false;
    session.event().flag(Field::pgsql_ssl_accepted, answer != 'N');
    session.tell();
    if (answer == 'S') return Progress::anew(1);
    return answer == 'N' ? Progress::take(1) : Progress::done();
}

Progress parse(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const uint32_t direction = session.turn().direction;
    if (!state.is_begun) {
        state.is_begun = true;
        state.is_started = bytes[0] == 'R';
        state.client = static_cast<uint8_t>(bytes[0] == 'R' ? 1 - direction : direction);
    }
    const bool is_client = direction == state.client;
    if (is_client && !state.is_started) return take_startup(session, bytes);
    const bool is_answer = bytes[0] == 'S' || bytes[0] == 'N' || bytes[0] == 'G';
    if (!is_client && state.is_ssl_asked && is_answer) return take_ssl_answer(session, bytes[0]);
    if (bytes.size() < head_bytes) return Progress::need(head_bytes);
    return is_client ? take_request(session, bytes) : take_response(session, bytes);
}

}  // namespace

const Parser pgsql_parser = {
    .app_proto = AppProto::pgsql,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of({"\0R", 2}),
    .parse = parse,
};

}  // namespace baleen::protocol
