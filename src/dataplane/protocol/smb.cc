// SMB over NetBIOS sessions (RFC 1002 section 4.3) or directly over TCP: frames, and what the
// versions have in common. smb1.cc and smb2.cc read the messages.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/smb_session.h"

namespace baleen::protocol {
namespace smb {
namespace {

constexpr NumberName statuses[] = {
    {0x00000000, "STATUS_SUCCESS"},
    {0x00000103, "STATUS_PENDING"},
    {0x0000010b, "STATUS_NOTIFY_CLEANUP"},
    {0x0000010c, "STATUS_NOTIFY_ENUM_DIR"},
    {0x80000005, "STATUS_BUFFER_OVERFLOW"},
    {0x80000006, "STATUS_NO_MORE_FILES"},
    {0x8000002d, "STATUS_STOPPED_ON_SYMLINK"},
    {0xc0000001, "STATUS_UNSUCCESSFUL"},
    {0xc0000002, "STATUS_NOT_IMPLEMENTED"},
    {0xc0000008, "STATUS_INVALID_HANDLE"},
    {0xc000000d, "STATUS_INVALID_PARAMETER"},
    {0xc000000f, "STATUS_NO_SUCH_FILE"},
    {0xc0000010, "STATUS_INVALID_DEVICE_REQUEST"},
    {0xc0000011, "STATUS_END_OF_FILE"},
    {0xc0000016, "STATUS_MORE_PROCESSING_REQUIRED"},
    {0xc0000022, "STATUS_ACCESS_DENIED"},
    {0xc0000023, "STATUS_BUFFER_TOO_SMALL"},
    {0xc0000033, "STATUS_OBJECT_NAME_INVALID"},
    {0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND"},
    {0xc0000035, "STATUS_OBJECT_NAME_COLLISION"},
    {0xc000003a, "STATUS_OBJECT_PATH_NOT_FOUND"},
    {0xc0000043, "STATUS_SHARING_VIOLATION"},
    {0xc0000055, "STATUS_LOCK_NOT_GRANTED"},
    {0xc0000056, "STATUS_DELETE_PENDING"},
    {0xc000006a, "STATUS_WRONG_PASSWORD"},
    {0xc000006d, "STATUS_LOGON_FAILURE"},
    {0xc000006e, "STATUS_ACCOUNT_RESTRICTION"},
    {0xc0000071, "STATUS_PASSWORD_EXPIRED"},
    {0xc0000072, "STATUS_ACCOUNT_DISABLED"},
    {0xc000007f, "STATUS_DISK_FULL"},
    {0xc00000ac, "STATUS_PIPE_NOT_AVAILABLE"},
    {0xc00000b0, "STATUS_PIPE_DISCONNECTED"},
    {0xc00000ba, "STATUS_FILE_IS_A_DIRECTORY"},
    {0xc00000bb, "STATUS_NOT_SUPPORTED"},
    {0xc00000c9, "STATUS_NETWORK_NAME_DELETED"},
    {0xc00000cc, "STATUS_BAD_NETWORK_NAME"},
    {0xc00000d0, "STATUS_REQUEST_NOT_ACCEPTED"},
    {0xc0000101, "STATUS_DIRECTORY_NOT_EMPTY"},
    {0xc0000103, "STATUS_NOT_A_DIRECTORY"},
    {0xc0000120, "STATUS_CANCELLED"},
    {0xc0000128, "STATUS_FILE_CLOSED"},
    {0xc0000203, "STATUS_USER_SESSION_DELETED"},
    {0xc0000225, "STATUS_NOT_FOUND"},
    {0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
    {0xc0000257, "STATUS_PATH_NOT_COVERED"},
    {0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED"},
};

constexpr NumberName dispositions[] = {
    {0, "FILE_SUPERSEDE"}, {1, "FILE_OPEN"},      {2, "FILE_CREATE"},
    {3, "FILE_OPEN_IF"},   {4, "FILE_OVERWRITE"}, {5, "FILE_OVERWRITE_IF"},
};

}  // namespace

void tell_status(FieldWriter& event, uint32_t status) {
    const std::string_view name = name_of(statuses, status);
    if (!name.empty()) event.text(Field::smb_status, name);
    std::array<char, 10> digits = {'0', 'x'};
    size_t used = 2;
    uint32_t shift = 28;
    while (shift > 0 && status >> shift == 0) shift -= 4;
    for (;; shift -= 4) {
        digits[used++] = "0123456789abcdef"[status >> shift & 15];
        if (shift == 0) break;
    }
    event.text(Field::smb_status_code, std::string_view(digits.data(), used));
}

std::string_view disposition_name(uint32_t disposition) {
    return name_of(dispositions, disposition);
}

}  // namespace smb

namespace {

constexpr uint16_t netbios_port = 139;
constexpr size_t frame_head_bytes = 4;
constexpr uint8_t frame_message = 0, frame_request = 0x81, frame_keep_alive = 0x85;
constexpr uint32_t request_bytes = 68;  // two names of 34 bytes
constexpr uint8_t name_bytes = 32;      // RFC 1001 section 14.1
constexpr std::string_view sign = "SMB";
constexpr uint8_t sign_smb1 = 0xff, sign_smb2 = 0xfe, sign_encrypted = 0xfd, sign_compressed = 0xfc;
constexpr size_t smb1_head_bytes = 32, smb2_head_bytes = 64;
// Of a message with names and security blobs.
constexpr uint64_t detail_bytes_max = 16 * 1024;

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (bytes[0] == frame_request) {
        const bool is_netbios = turn.src_port == netbios_port || turn.dst_port == netbios_port;
        if (!is_netbios || bytes.size() <= frame_head_bytes)
            return is_netbios ? Recognition::maybe : Recognition::no;
        const bool is_request = base::load_be32(bytes.data()) << 8 == request_bytes << 8 &&
                                bytes[frame_head_bytes] == name_bytes;
        return is_request ? Recognition::yes : Recognition::no;
    }
    if (bytes[0] != frame_message) return Recognition::no;
    if (bytes.size() <= frame_head_bytes) return Recognition::maybe;
    if (bytes[frame_head_bytes] < sign_compressed) return Recognition::no;
    return begins_with(bytes.subspan(frame_head_bytes + 1), sign);
}

void tell_encryption(Session& session) {
    auto& state = session.state<smb::State>();
    if (state.is_encrypted) return;
    state.is_encrypted = true;
    session.event().flag(Field::smb_encrypted, true);
    session.tell();
}

// How much of a message has to be there before it can be read.
uint64_t bytes_wanted(Bytes bytes, uint64_t frame_bytes) {
    const bool is_smb1 = bytes[frame_head_bytes] == sign_smb1;
    const size_t head_bytes = frame_head_bytes + (is_smb1 ? smb1_head_bytes : smb2_head_bytes);
    if (frame_bytes < head_bytes || bytes.size() < head_bytes) return head_bytes;
    const uint8_t* message = bytes.data() + frame_head_bytes;
    const bool is_detailed =
        is_smb1 ? smb::is_detailed_smb1(message[4])
                : smb::is_detailed_smb2(base::load<uint16_t>(message + 12)) ||
                      base::load<uint32_t>(message + 20) != 0;  // others are chained to it
    return is_detailed ? std::min(frame_bytes, detail_bytes_max) : head_bytes;
}

Progress take_message(Session& session, Bytes bytes, uint64_t frame_bytes) {
    const uint64_t wanted = bytes_wanted(bytes, frame_bytes);
    if (frame_bytes < wanted) return Progress::skip(frame_bytes);
    if (bytes.size() < wanted) return Progress::need(wanted);
    const Bytes message = bytes.first(wanted).subspan(frame_head_bytes);
    if (message[0] == sign_smb1) smb::take_smb1(session, message);
    else smb::take_smb2(session, message);
    const bool is_enough = session.state<smb::State>().budget.told >= smb::events_max;
    return is_enough ? Progress::done() : Progress::skip(frame_bytes);
}

Progress parse(Session& session, Bytes bytes) {
    if (bytes.size() < frame_head_bytes) return Progress::need(frame_head_bytes);
    const uint8_t type = bytes[0];
    const uint64_t frame_bytes = frame_head_bytes + (base::load_be32(bytes.data()) & 0x00ff'ffffu);
    if (type >= frame_request && type <= frame_keep_alive) return Progress::skip(frame_bytes);
    if (type != frame_message) return Progress::refuse();
    const size_t head_bytes = frame_head_bytes + 1 + sign.size();
    if (frame_bytes < head_bytes) return Progress::skip(frame_bytes);
    if (bytes.size() < head_bytes) return Progress::need(head_bytes);
    if (begins_with(bytes.subspan(frame_head_bytes + 1), sign) != Recognition::yes)
        return Progress::skip(frame_bytes);  // the rest of a raw write (MS-CIFS section 2.2.4.25)
    switch (bytes[frame_head_bytes]) {
        case sign_smb1:
        case sign_smb2: return take_message(session, bytes, frame_bytes);
        case sign_encrypted: tell_encryption(session); [[fallthrough]];
        default: return Progress::skip(frame_bytes);
    }
}

void end(Session& session) { session.state<smb::State>().pending.release_all(session); }

}  // namespace

const Parser smb_parser = {
    .app_proto = AppProto::smb,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of({"\0\x81", 2}),
    .parse = parse,
    .end = end,
};

}  // namespace baleen::protocol
