// Messages of SMB 2 and 3 (MS-SMB2).
#include "dataplane/protocol/smb_session.h"
#include "dataplane/protocol/wide_text.h"

namespace baleen::protocol::smb {
namespace {

constexpr size_t head_bytes = 64;
constexpr uint32_t chain_max = 32;
constexpr uint32_t dialects_max = 16;
constexpr uint32_t flag_response = 1;
constexpr uint32_t status_pending = 0x103;

// Section 2.2.1.2.
enum Command : uint16_t { negotiate = 0, session_setup = 1, tree_connect = 3, create = 5 };
constexpr std::array<std::string_view, 19> command_names = {
    "SMB2_COMMAND_NEGOTIATE_PROTOCOL",
    "SMB2_COMMAND_SESSION_SETUP",
    "SMB2_COMMAND_SESSION_LOGOFF",
    "SMB2_COMMAND_TREE_CONNECT",
    "SMB2_COMMAND_TREE_DISCONNECT",
    "SMB2_COMMAND_CREATE",
    "SMB2_COMMAND_CLOSE",
    "SMB2_COMMAND_FLUSH",
    "SMB2_COMMAND_READ",
    "SMB2_COMMAND_WRITE",
    "SMB2_COMMAND_LOCK",
    "SMB2_COMMAND_IOCTL",
    "SMB2_COMMAND_CANCEL",
    "SMB2_COMMAND_KEEPALIVE",
    "SMB2_COMMAND_FIND",
    "SMB2_COMMAND_CHANGE_NOTIFY",
    "SMB2_COMMAND_GET_INFO",
    "SMB2_COMMAND_SET_INFO",
    "SMB2_COMMAND_OPLOCK_BREAK",
};

// Section 2.2.4.
constexpr NumberName dialects[] = {
    {0x0202, "2.02"}, {0x0210, "2.10"}, {0x0222, "2.22"}, {0x0224, "2.24"}, {0x0300, "3.00"},
    {0x0302, "3.02"}, {0x0310, "3.10"}, {0x0311, "3.11"}, {0x02ff, "2.??"},
};

// Section 2.2.10.
constexpr NumberName share_types[] = {{1, "FILE"}, {2, "PIPE"}, {3, "PRINT"}};

struct Head {
    explicit Head(Bytes message) {
        Cursor cursor(message);
        cursor.skip(8);
        status = cursor.le32();
        command = cursor.le16();
        cursor.skip(2);
        flags = cursor.le32();
        next = cursor.le32();
        message_id = cursor.le32();
        message_id |= uint64_t{cursor.le32()} << 32;
        cursor.skip(4);
        tree_id = cursor.le32();
        session_id = cursor.le32();
        session_id |= uint64_t{cursor.le32()} << 32;
    }
    bool is_response() const { return (flags & flag_response) != 0; }
    // Unsolicited notices have all bits set, and the rest stays below negotiation_id.
    uint64_t id() const {
        return command == negotiate ? negotiation_id : message_id & ~negotiation_id;
    }

    uint32_t status;
    uint16_t command;
    uint32_t flags;
    uint32_t next;  // where the one that is chained to it begins, or 0
    uint64_t message_id;
    uint32_t tree_id;
    uint64_t session_id;
};

// What a message has at an offset from its head, which stands at `at` of its body.
Bytes buffer_at(Bytes message, size_t at) {
    Cursor cursor(message);
    cursor.skip(head_bytes + at);
    const uint16_t offset = cursor.le16();
    const uint16_t length = cursor.le16();
    if (!cursor.ok() || offset > message.size()) return {};
    return message.subspan(offset).first(std::min<size_t>(length, message.size() - offset));
}

void tell_dialects(FieldWriter& event, Bytes message) {
    Cursor body(message.subspan(head_bytes));
    body.skip(2);
    const uint16_t count = body.le16();
    body.skip(32);
    for (uint32_t i = 0; i < std::min<uint32_t>(count, dialects_max) && body.left() >= 2; i++)
        tell_named(event, Field::smb_client_dialects, dialects, body.le16());
}

void tell_creation(FieldWriter& event, Bytes message) {
    Cursor body(message.subspan(head_bytes));
    body.skip(36);
    const uint32_t disposition = body.le32();
    const WideText name(buffer_at(message, 44));
    event.text(Field::smb_filename, name.text().empty() ? "<share_root>" : name.text());
    if (body.ok()) event.text(Field::smb_disposition, disposition_name(disposition));
}

void take_request(Session& session, const Head& head, Bytes message) {
    auto& state = session.state<State>();
    if (head.command >= command_names.size()) return;
    const uint32_t told_max = is_detailed_smb2(head.command) ? events_max : 0;
    if (!state.budget.admit(static_cast<uint8_t>(head.command), told_max)) return;
    FieldWriter& event = session.event();
    event.text(Field::smb_command, command_names[head.command]);
    switch (head.command) {
        case negotiate: tell_dialects(event, message); break;
        case session_setup: tell_ntlm_login(event, buffer_at(message, 12), ntlm_fields); break;
        case tree_connect:
            event.text(Field::smb_share, WideText(buffer_at(message, 4)).text());
            break;
        case create: tell_creation(event, message); break;
        default: break;
    }
    state.pending.put(session, head.id(), event);
}

void take_response(Session& session, const Head& head, Bytes message) {
    if (head.status == status_pending) return;
    FieldWriter* event = session.state<State>().pending.take(session, head.id());
    if (event == nullptr) {
        // The one that tells the dialect is told even so.
        if (head.command != negotiate || !session.state<State>().budget.admit(negotiate, 2)) return;
        event = &session.event();
        event->text(Field::smb_command, command_names[negotiate]);
    }
    Cursor body(message.subspan(head_bytes));
    body.skip(2);
    if (head.command == tree_connect) {
        const std::string_view type = name_of(share_types, body.u8());
        if (!type.empty()) event->text(Field::smb_share_type, type);
    }
    if (head.command == negotiate && head.status == 0) {
        body.skip(2);
        tell_named(*event, Field::smb_dialect, dialects, body.le16());
    }
    tell_status(*event, head.status);
    event->number(Field::smb_session_id, head.session_id).number(Field::smb_tree_id, head.tree_id);
    session.tell();
}

}  // namespace

bool is_detailed_smb2(uint16_t command) {
    return command == negotiate || command == session_setup || command == tree_connect ||
           command == create;
}

void take_smb2(Session& session, Bytes message) {
    for (uint32_t i = 0; i < chain_max && message.size() >= head_bytes; i++) {
        const Head head(message);
        const bool is_last = head.next < head_bytes || head.next >= message.size();
        const Bytes one = is_last ? message : message.first(head.next);
        if (head.is_response()) take_response(session, head, one);
        else take_request(session, head, one);
        if (is_last) return;
        message = message.subspan(head.next);
    }
}

}  // namespace baleen::protocol::smb
