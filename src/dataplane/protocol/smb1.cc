// Messages of SMB 1 (MS-CIFS, and MS-SMB for extended security).
#include "dataplane/protocol/smb_session.h"
#include "dataplane/protocol/wide_text.h"

namespace baleen::protocol::smb {
namespace {

constexpr size_t head_bytes = 32;
constexpr uint32_t dialects_max = 16;
constexpr uint8_t flag_response = 0x80;
constexpr uint16_t flag_unicode = 0x8000;
constexpr uint8_t negotiate = 0x72, session_setup = 0x73, tree_connect = 0x75, nt_create = 0xa2;

// MS-CIFS section 2.2.2.1.
constexpr NumberName command_names[] = {
    {0x00, "SMB1_COMMAND_CREATE_DIRECTORY"},
    {0x01, "SMB1_COMMAND_DELETE_DIRECTORY"},
    {0x02, "SMB1_COMMAND_OPEN"},
    {0x03, "SMB1_COMMAND_CREATE"},
    {0x04, "SMB1_COMMAND_CLOSE"},
    {0x05, "SMB1_COMMAND_FLUSH"},
    {0x06, "SMB1_COMMAND_DELETE"},
    {0x07, "SMB1_COMMAND_RENAME"},
    {0x08, "SMB1_COMMAND_QUERY_INFORMATION"},
    {0x09, "SMB1_COMMAND_SET_INFORMATION"},
    {0x0a, "SMB1_COMMAND_READ"},
    {0x0b, "SMB1_COMMAND_WRITE"},
    {0x10, "SMB1_COMMAND_CHECK_DIRECTORY"},
    {0x1d, "SMB1_COMMAND_WRITE_RAW"},
    {0x22, "SMB1_COMMAND_SET_INFORMATION2"},
    {0x24, "SMB1_COMMAND_LOCKING_ANDX"},
    {0x25, "SMB1_COMMAND_TRANS"},
    {0x26, "SMB1_COMMAND_TRANS_SECONDARY"},
    {0x2b, "SMB1_COMMAND_ECHO"},
    {0x2c, "SMB1_COMMAND_WRITE_AND_CLOSE"},
    {0x2d, "SMB1_COMMAND_OPEN_ANDX"},
    {0x2e, "SMB1_COMMAND_READ_ANDX"},
    {0x2f, "SMB1_COMMAND_WRITE_ANDX"},
    {0x32, "SMB1_COMMAND_TRANS2"},
    {0x33, "SMB1_COMMAND_TRANS2_SECONDARY"},
    {0x34, "SMB1_COMMAND_FIND_CLOSE2"},
    {0x70, "SMB1_COMMAND_TREE_CONNECT"},
    {0x71, "SMB1_COMMAND_TREE_DISCONNECT"},
    {negotiate, "SMB1_COMMAND_NEGOTIATE_PROTOCOL"},
    {session_setup, "SMB1_COMMAND_SESSION_SETUP_ANDX"},
    {0x74, "SMB1_COMMAND_LOGOFF_ANDX"},
    {tree_connect, "SMB1_COMMAND_TREE_CONNECT_ANDX"},
    {0x80, "SMB1_COMMAND_QUERY_INFO_DISK"},
    {0xa0, "SMB1_COMMAND_NT_TRANS"},
    {0xa1, "SMB1_COMMAND_NT_TRANS_SECONDARY"},
    {nt_create, "SMB1_COMMAND_NT_CREATE_ANDX"},
    {0xa4, "SMB1_COMMAND_NT_CANCEL"},
    {0xa5, "SMB1_COMMAND_NT_RENAME"},
};

// A message: its head, its words and the bytes behind them, in which texts stand.
struct Message {
    explicit Message(Bytes all) : whole(all) {
        Cursor cursor(all);
        cursor.skip(4);
        command = cursor.u8();
        status = cursor.le32();
        is_response = (cursor.u8() & flag_response) != 0;
        is_wide = (cursor.le16() & flag_unicode) != 0;
        cursor.skip(12);
        tree_id = cursor.le16();
        const uint16_t process_id = cursor.le16();
        user_id = cursor.le16();
        id = uint64_t{process_id} << 16 | cursor.le16();
        if (command == negotiate) id = negotiation_id;
        words = cursor.take(size_t{cursor.u8()} * 2);
        const uint16_t byte_count = cursor.le16();
        bytes = cursor.take(std::min<size_t>(byte_count, cursor.left()));
    }

    // Texts of two bytes a letter begin at even places of the message (MS-CIFS section 2.2.1.1).
    void align(Cursor& texts) const {
        const size_t at = static_cast<size_t>(bytes.data() - whole.data()) + texts.position();
        if (is_wide && at % 2 != 0) texts.skip(1);
    }
    void tell_text(FieldWriter& event, Field field, Cursor& texts) const {
        align(texts);
        const size_t unit_bytes = is_wide ? 2 : 1;
        Cursor end(texts);
        while (end.left() >= unit_bytes && (is_wide ? end.le16() : end.u8()) != 0) {
        }
        const Bytes text = texts.take(end.position() - texts.position());
        if (text.size() <= unit_bytes) return;
        if (is_wide) event.text(field, WideText(text).text());
        else event.text(field, until_zero(text));
    }

    Bytes whole;
    uint8_t command;
    uint32_t status;
    bool is_response;
    bool is_wide;
    uint16_t tree_id;
    uint16_t user_id;
    uint64_t id;
    Bytes words;
    Bytes bytes;
};

// MS-CIFS section 2.2.4.52.1: each a 2, a name and a zero.
void tell_dialects(FieldWriter& event, Bytes names) {
    for (uint32_t i = 0; i < dialects_max && names.size() > 1; i++) {
        const Bytes name = until_zero(names.subspan(1));
        event.text(Field::smb_client_dialects, name);
        names = names.subspan(std::min(names.size(), name.size() + 2));
    }
}

// Sections 2.2.4.53.1 and, with a security blob, MS-SMB 2.2.4.6.1.
void tell_login(FieldWriter& event, const Message& message) {
    constexpr size_t words_plain = 26, words_extended = 24;
    Cursor words(message.words);
    words.skip(14);
    Cursor texts(message.bytes);
    if (message.words.size() == words_extended) {
        tell_ntlm_login(event, texts.take(words.le16()), ntlm_fields);
    } else if (message.words.size() == words_plain) {
        const size_t ansi_bytes = words.le16();
        texts.skip(ansi_bytes + words.le16());
        message.tell_text(event, Field::smb_ntlmssp_user, texts);
        message.tell_text(event, Field::smb_ntlmssp_domain, texts);
    } else {
        return;
    }
    message.tell_text(event, Field::smb_native_os, texts);
    message.tell_text(event, Field::smb_native_lm, texts);
}

// Section 2.2.4.55.1.
void tell_share(FieldWriter& event, const Message& message) {
    Cursor words(message.words), texts(message.bytes);
    words.skip(6);
    texts.skip(words.le16());
    message.tell_text(event, Field::smb_share, texts);
    const Bytes service = until_zero(texts.rest());
    if (!service.empty()) event.text(Field::smb_service, service);
}

// Section 2.2.4.64.1.
void tell_creation(FieldWriter& event, const Message& message) {
    Cursor words(message.words), texts(message.bytes);
    words.skip(35);
    const uint32_t disposition = words.le32();
    message.tell_text(event, Field::smb_filename, texts);
    if (words.ok()) event.text(Field::smb_disposition, disposition_name(disposition));
}

void take_request(Session& session, const Message& message) {
    auto& state = session.state<State>();
    const uint32_t told_max = is_detailed_smb1(message.command) ? events_max : 0;
    if (!state.budget.admit(message.command, told_max)) return;
    FieldWriter& event = session.event();
    tell_named(event, Field::smb_command, command_names, message.command);
    switch (message.command) {
        case negotiate: tell_dialects(event, message.bytes); break;
        case session_setup: tell_login(event, message); break;
        case tree_connect: tell_share(event, message); break;
        case nt_create: tell_creation(event, message); break;
        default: break;
    }
    state.pending.put(session, message.id, event);
}

// The server chooses one of the dialects that stand in the event already.
void tell_chosen(FieldWriter& event, const Message& message) {
    if (message.words.size() < 2) return;
    uint32_t left = base::load<uint16_t>(message.words.data());
    application::FieldReader fields(event.fields());
    while (fields.next()) {
        if (!fields.is(Field::smb_client_dialects) || left-- > 0) continue;
        event.text(Field::smb_dialect, fields.value());
        return;
    }
}

void take_response(Session& session, const Message& message) {
    FieldWriter* event = session.state<State>().pending.take(session, message.id);
    if (event == nullptr) return;
    if (message.command == negotiate) tell_chosen(*event, message);
    tell_status(*event, message.status);
    event->number(Field::smb_session_id, message.user_id)
        .number(Field::smb_tree_id, message.tree_id);
    session.tell();
}

}  // namespace

bool is_detailed_smb1(uint8_t command) {
    return command == negotiate || command == session_setup || command == tree_connect ||
           command == nt_create;
}

void take_smb1(Session& session, Bytes bytes) {
    if (bytes.size() < head_bytes) return;
    const Message message(bytes);
    if (message.is_response) take_response(session, message);
    else take_request(session, message);
}

}  // namespace baleen::protocol::smb
