// S7 of Siemens controllers over ISO transport (TPKT and COTP): the older one (0x32) and
// S7comm-plus (0x72). Neither is documented by its maker; names are Wireshark's.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"
#include "dataplane/protocol/tpkt.h"

namespace baleen::protocol {
namespace {

constexpr uint8_t sign_classic = 0x32, sign_plus = 0x72;
constexpr size_t data_at = tpkt::head_bytes + 3;  // behind COTP's head
constexpr size_t variable_at = tpkt::head_bytes + 7;
constexpr size_t detail_bytes_max = 128;
constexpr uint8_t last_unit = 0x80;
constexpr uint8_t parameter_calling = 0xc1, parameter_called = 0xc2;
constexpr uint8_t ack = 2, ack_data = 3, userdata = 7;
constexpr size_t tsap_bytes_max = 8;
constexpr uint32_t events_max = 64;

constexpr NumberName kinds[] = {
    {1, "job"}, {ack, "ack"}, {ack_data, "ack_data"}, {userdata, "userdata"}};
constexpr NumberName functions[] = {
    {0x00, "cpu_services"},     {0x04, "read_var"},       {0x05, "write_var"},
    {0x1a, "request_download"}, {0x1b, "download_block"}, {0x1c, "download_ended"},
    {0x1d, "start_upload"},     {0x1e, "upload"},         {0x1f, "end_upload"},
    {0x28, "pi_service"},       {0x29, "plc_stop"},       {0xf0, "setup_communication"},
};
constexpr NumberName groups[] = {
    {0, "mode_transition"}, {1, "programmer_commands"}, {2, "cyclic_services"},
    {3, "block_functions"}, {4, "cpu_functions"},       {5, "security"},
    {6, "pbc_bsend"},       {7, "time_functions"},      {15, "nc_programming"},
};
constexpr NumberName plus_kinds[] = {
    {0x31, "request"}, {0x32, "response"}, {0x33, "notification"}, {0x02, "response2"}};
constexpr NumberName plus_functions[] = {
    {0x04bb, "explore"},
    {0x04ca, "create_object"},
    {0x04d4, "delete_object"},
    {0x04f2, "set_variable"},
    {0x0524, "get_link"},
    {0x0542, "set_multi_variables"},
    {0x054c, "get_multi_variables"},
    {0x0556, "begin_sequence"},
    {0x0560, "end_sequence"},
    {0x056b, "invoke"},
    {0x0586, "get_var_substreamed"},
};

struct Tsap {
    uint8_t size;
    std::array<uint8_t, tsap_bytes_max> bytes;
};

struct State {
    Tsap calling;
    Tsap called;
    bool is_told;
    std::array<bool, 2> is_continued;  // the next unit goes on with a message
    EventBudget budget;
};

// Other protocols come over ISO transport as well: its connection request is waited out.
Recognition recognise(const Turn&, Bytes bytes) {
    const Recognition connection = std::max(tpkt::recognise(bytes, tpkt::connection_request),
                                            tpkt::recognise(bytes, tpkt::connection_confirm));
    if (connection == Recognition::yes) {
        const size_t connection_bytes = tpkt::frame_bytes(bytes);
        if (bytes.size() <= connection_bytes) return Recognition::maybe;
        bytes = bytes.subspan(connection_bytes);
    }
    const Recognition data = tpkt::recognise(bytes, tpkt::data);
    if (data != Recognition::yes) return data;
    if (bytes[4] != 2 || tpkt::frame_bytes(bytes) <= data_at) return Recognition::no;
    if (bytes.size() <= data_at) return Recognition::maybe;
    return bytes[data_at] == sign_classic || bytes[data_at] == sign_plus ? Recognition::yes
                                                                         : Recognition::no;
}

// Rack and slot of a controller stand in its transport selector.
void note_selectors(State& state, Bytes variable) {
    Cursor cursor(variable);
    while (!cursor.at_end()) {
        const uint8_t code = cursor.u8();
        const Bytes value = cursor.vector8();
        if (code != parameter_calling && code != parameter_called) continue;
        Tsap& tsap = code == parameter_calling ? state.calling : state.called;
        tsap.size = static_cast<uint8_t>(std::min(value.size(), tsap_bytes_max));
        std::copy_n(value.begin(), tsap.size, tsap.bytes.begin());
    }
}

void tell_selectors(FieldWriter& event, State& state) {
    if (state.is_told) return;
    state.is_told = true;
    const auto tell = [&](Field field, const Tsap& tsap) {
        if (tsap.size > 0) event.bytes(field, Bytes(tsap.bytes).first(tsap.size));
    };
    tell(Field::s7comm_src_tsap, state.calling);
    tell(Field::s7comm_dst_tsap, state.called);
}

void tell_classic(Session& session, Bytes message) {
    auto& state = session.state<State>();
    Cursor cursor(message);
    cursor.skip(1);
    const uint8_t kind = cursor.u8();
    cursor.skip(8);
    const bool has_error = kind == ack || kind == ack_data;
    const uint8_t error_class = has_error ? cursor.u8() : 0;
    const uint8_t error_code = has_error ? cursor.u8() : 0;
    if (name_of(kinds, kind).empty() || !cursor.ok()) return;
    // Userdata have a head of three bytes, a length, and a method in front of the group.
    if (kind == userdata) cursor.skip(5);
    const bool has_function = !cursor.at_end();
    const uint8_t function = cursor.u8();
    const uint32_t group = function & 15u;
    const uint8_t told_as = kind == userdata ? static_cast<uint8_t>(0x80 | group) : function;
    if (!state.budget.admit(static_cast<uint8_t>(told_as ^ kind << 5), events_max)) return;
    FieldWriter& event = session.event();
    event.text(Field::s7comm_version, "s7comm");
    tell_selectors(event, state);
    tell_named(event, Field::s7comm_rosctr, kinds, kind);
    if (has_function && kind == userdata) tell_named(event, Field::s7comm_function, groups, group);
    else if (has_function) tell_named(event, Field::s7comm_function, functions, function);
    if (has_error)
        event.number(Field::s7comm_error_class, error_class)
            .number(Field::s7comm_error_code, error_code);
    session.tell();
}

void tell_plus(Session& session, Bytes message) {
    auto& state = session.state<State>();
    constexpr uint8_t version_keep_alive = 0xff, version_digest = 3;
    Cursor cursor(message);
    cursor.skip(1);
    const uint8_t version = cursor.u8();
    cursor.skip(2);
    if (version == version_keep_alive) return;
    if (version == version_digest) cursor.vector8();
    const uint8_t kind = cursor.u8();
    cursor.skip(2);
    const uint16_t function = cursor.be16();
    if (!cursor.ok() || name_of(plus_kinds, kind).empty()) return;
    if (!state.budget.admit(static_cast<uint8_t>(function ^ kind << 3), events_max)) return;
    FieldWriter& event = session.event();
    event.text(Field::s7comm_version, "s7comm-plus");
    tell_selectors(event, state);
    tell_named(event, Field::s7comm_rosctr, plus_kinds, kind);
    if (kind == 0x31 || kind == 0x32)
        tell_named(event, Field::s7comm_function, plus_functions, function);
    session.tell();
}

void take_data(Session& session, Bytes unit) {
    bool& is_continued = session.state<State>().is_continued[session.turn().direction];
    const bool is_rest = is_continued;
    is_continued = (unit[6] & last_unit) == 0;
    const Bytes message = unit.subspan(data_at);
    if (is_rest || message.empty()) return;
    if (message[0] == sign_classic) tell_classic(session, message);
    if (message[0] == sign_plus) tell_plus(session, message);
}

Progress parse(Session& session, Bytes bytes) {
    if (bytes.size() < data_at) return Progress::need(data_at);
    const size_t total = tpkt::frame_bytes(bytes);
    if (bytes[0] != tpkt::version || total < data_at) return Progress::refuse();
    const size_t wanted = std::min(total, detail_bytes_max);
    if (bytes.size() < wanted) return Progress::need(wanted);
    const Bytes unit = bytes.first(wanted);
    if (tpkt::type(unit) == tpkt::connection_request && unit.size() > variable_at)
        note_selectors(session.state<State>(), unit.subspan(variable_at));
    if (tpkt::type(unit) == tpkt::data) take_data(session, unit);
    return Progress::skip(total);
}

}  // namespace

const Parser s7comm_parser = {
    .app_proto = AppProto::s7comm,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\3"),
    .parse = parse,
};

}  // namespace baleen::protocol
