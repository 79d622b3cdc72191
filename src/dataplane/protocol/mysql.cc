// MySQL's and MariaDB's protocol: the greeting, who logs in to what and with what success, and the
// beginning of commands.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr size_t head_bytes = 4;  // length, little-endian, and a number in sequence
constexpr uint8_t greeting_version = 10, reply_ok = 0, reply_error = 0xff;
constexpr size_t greeting_bytes_min = 34, greeting_bytes_max = 512, version_bytes_max = 80;
constexpr size_t old_head_bytes = 5;  // capabilities and the largest packet
constexpr size_t login_bytes_min = 32, login_bytes_max = 16 * 1024;
constexpr size_t query_bytes_max = 256;
constexpr uint32_t events_max = 64;

// Capabilities.
constexpr uint32_t with_database = 1u << 3, compressed = 1u << 5, protocol_41 = 1u << 9;
constexpr uint32_t with_tls = 1u << 11, secure_connection = 1u << 15, plugin_auth = 1u << 19;
constexpr uint32_t auth_lenenc = 1u << 21;

constexpr uint8_t command_query = 3;
constexpr NumberName commands[] = {
    {1, "quit"},
    {2, "init_db"},
    {3, "query"},
    {4, "field_list"},
    {5, "create_db"},
    {6, "drop_db"},
    {7, "refresh"},
    {8, "shutdown"},
    {9, "statistics"},
    {10, "process_info"},
    {12, "process_kill"},
    {13, "debug"},
    {14, "ping"},
    {17, "change_user"},
    {18, "binlog_dump"},
    {21, "register_slave"},
    {22, "stmt_prepare"},
    {23, "stmt_execute"},
    {24, "stmt_send_long_data"},
    {25, "stmt_close"},
    {26, "stmt_reset"},
    {27, "set_option"},
    {28, "stmt_fetch"},
    {30, "binlog_dump_gtid"},
    {31, "reset_connection"},
};

enum class Stage : uint8_t { greeting, login, command };

struct State {
    Stage stage;  // what comes next
    bool is_compressed;
    bool is_begun;
    uint8_t client;  // the direction of logins and commands
    EventBudget budget;
};

size_t message_bytes(Bytes bytes) {
    return bytes[0] | size_t{bytes[1]} << 8 | size_t{bytes[2]} << 16;
}

bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

// A version begins with a digit, is text, and ends with a zero.
Recognition recognise_greeting(Bytes bytes) {
    const size_t size = message_bytes(bytes);
    if (size < greeting_bytes_min || size > greeting_bytes_max) return Recognition::no;
    const Bytes version = until_zero(bytes.subspan(head_bytes + 1));
    if (!version.empty() && !is_digit(version[0])) return Recognition::no;
    const bool is_text = std::all_of(version.begin(), version.end(),
                                     [](uint8_t byte) { return byte >= ' ' && byte < 0x7f; });
    if (!is_text || version.size() > version_bytes_max) return Recognition::no;
    // Behind it: the connection, eight bytes of salt, and a zero.
    const size_t zero_at = head_bytes + 1 + version.size() + 1 + 12;
    if (bytes.size() <= zero_at) return Recognition::maybe;
    return bytes[zero_at] == 0 && version.size() >= 3 ? Recognition::yes : Recognition::no;
}

// Capabilities of version 4.1, the largest packet, a character set, and zeros.
Recognition recognise_login(Bytes bytes) {
    constexpr size_t zeros_at = head_bytes + 9, zeros = 19;
    const size_t size = message_bytes(bytes);
    if (size < login_bytes_min || size > login_bytes_max) return Recognition::no;
    if (bytes.size() < zeros_at + zeros) return Recognition::maybe;
    const auto capabilities = base::load<uint32_t>(bytes.data() + head_bytes);
    const Bytes unused = bytes.subspan(zeros_at, zeros);
    const bool is_zero =
        std::all_of(unused.begin(), unused.end(), [](uint8_t byte) { return byte == 0; });
    return is_zero && (capabilities & protocol_41) != 0 && (capabilities & secure_connection) != 0
               ? Recognition::yes
               : Recognition::no;
}

Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes.size() < head_bytes + 1)
        return bytes.size() > 3 && bytes[3] > 1 ? Recognition::no : Recognition::maybe;
    if (bytes[3] == 0 && bytes[4] == greeting_version) return recognise_greeting(bytes);
    return bytes[3] == 1 ? recognise_login(bytes) : Recognition::no;
}

void tell_greeting(Session& session, Bytes message) {
    Cursor cursor(message);
    cursor.skip(1);
    const Bytes version = until_zero(cursor.rest());
    session.event().text(Field::mysql_version, version);
    session.tell();
}

// What ends with a zero.
Bytes take_text(Cursor& cursor) {
    Cursor ahead(cursor);
    const Bytes text = until_zero(ahead.rest());
    cursor.skip(std::min(cursor.left(), text.size() + 1));
    return text;
}

Progress take_login(Session& session, Bytes message) {
    auto& state = session.state<State>();
    Cursor cursor(message);
    const uint32_t capabilities = cursor.le32();
    FieldWriter& event = session.event();
    if ((capabilities & with_tls) != 0 && message.size() == login_bytes_min) {
        event.flag(Field::mysql_tls, true);
        session.tell();
        return Progress::anew(head_bytes + message.size());
    }
    // Before 4.1, a password ends with a zero and has no length.
    const bool is_old = (capabilities & protocol_41) == 0;
    if (is_old) cursor = Cursor(message.subspan(std::min(message.size(), old_head_bytes)));
    else cursor.skip(28);
    event.text(Field::mysql_user, take_text(cursor));
    if (is_old) take_text(cursor);
    else if ((capabilities & secure_connection) != 0 || (capabilities & auth_lenenc) != 0)
        cursor.vector8();
    else take_text(cursor);
    if ((capabilities & with_database) != 0) event.text(Field::mysql_database, take_text(cursor));
    if (!is_old && (capabilities & plugin_auth) != 0)
        event.text(Field::mysql_auth_plugin, take_text(cursor));
    session.tell();
    state.stage = Stage::command;
    state.is_compressed = (capabilities & compressed) != 0;
    return Progress::take(head_bytes + message.size());
}

void tell_command(Session& session, Bytes message) {
    const uint8_t command = message[0];
    if (name_of(commands, command).empty()) return;
    if (!session.state<State>().budget.admit(command, events_max)) return;
    FieldWriter& event = session.event();
    tell_named(event, Field::mysql_command, commands, command);
    constexpr uint8_t init_db = 2, prepare = 22;
    const Bytes text = message.subspan(1);
    if (command == command_query || command == prepare)
        event.text(Field::mysql_query, text.first(std::min(text.size(), query_bytes_max)));
    if (command == init_db) event.text(Field::mysql_database, text);
    session.tell();
}

// Only the first message of a command is numbered 0; the others are parts of a login.
Progress take_command(Session& session, Bytes bytes) {
    const size_t size = message_bytes(bytes);
    if (session.state<State>().is_compressed) return Progress::stop();
    if (bytes[3] != 0 || size == 0) return Progress::skip(head_bytes + size);
    const size_t wanted = head_bytes + std::min(size, 1 + query_bytes_max);
    if (bytes.size() < wanted) return Progress::need(wanted);
    tell_command(session, bytes.first(wanted).subspan(head_bytes));
    return Progress::skip(head_bytes + size);
}

// To a login, up to success or error; commands are answered at length, and not looked at.
Progress take_reply(Session& session, Bytes message) {
    if (message[0] == reply_ok) {
        session.event().text(Field::mysql_status, "ok");
        session.tell();
        return Progress::stop();
    }
    if (message[0] != reply_error) return Progress::take(head_bytes + message.size());
    Cursor cursor(message);
    cursor.skip(1);
    FieldWriter& event = session.event();
    event.text(Field::mysql_status, "error").number(Field::mysql_error_code, cursor.le16());
    if (cursor.left() >= 6 && message[3] == '#') cursor.skip(6);  // the state of SQL
    event.text(Field::mysql_error, cursor.rest());
    session.tell();
    return Progress::done();
}

Progress parse(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    if (bytes.size() < head_bytes + 1) return Progress::need(head_bytes + 1);
    const size_t size = message_bytes(bytes);
    const uint32_t direction = session.turn().direction;
    const bool is_greeting =
        state.stage == Stage::greeting && bytes[3] == 0 && bytes[4] == greeting_version;
    if (!state.is_begun)
        state.client = static_cast<uint8_t>(is_greeting ? 1 - direction : direction);
    state.is_begun = true;
    const bool is_client = direction == state.client;
    if (is_client && (state.stage == Stage::command || bytes[3] == 0))
        return take_command(session, bytes);
    if (size == 0 || size > login_bytes_max) return Progress::stop();
    if (bytes.size() < head_bytes + size) return Progress::need(head_bytes + size);
    const Bytes message = bytes.subspan(head_bytes, size);
    if (is_client) return take_login(session, message);
    if (!is_greeting) return take_reply(session, message);
    state.stage = Stage::login;
    tell_greeting(session, message);
    return Progress::take(head_bytes + size);
}

}  // namespace

const Parser mysql_parser = {
    .app_proto = AppProto::mysql,
    .transport = Transport::tcp,
    .recognise = recognise,
    .parse = parse,
};

}  // namespace baleen::protocol
