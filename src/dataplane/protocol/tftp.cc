// TFTP (RFC 1350): requests. The file itself comes from another port.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr uint8_t read_request = 1, write_request = 2;
constexpr size_t name_bytes_max = 255;

struct Request {
    explicit Request(Bytes bytes) {
        Cursor cursor(bytes);
        opcode = cursor.be16();
        file = until_zero(cursor.rest());
        const size_t mode_at = 2 + file.size() + 1;
        if (mode_at < bytes.size()) mode = until_zero(bytes.subspan(mode_at));
        has_end = mode_at + mode.size() < bytes.size();
    }
    bool is_one() const {
        const auto is_printable = [](uint8_t byte) { return byte >= ' ' && byte != 0x7f; };
        return (opcode == read_request || opcode == write_request) && !file.empty() &&
               file.size() <= name_bytes_max && has_end && is_mode() &&
               std::all_of(file.begin(), file.end(), is_printable);
    }
    bool is_mode() const {
        std::array<char, 8> lower{};
        if (mode.size() > lower.size()) return false;
        std::transform(mode.begin(), mode.end(), lower.begin(),
                       [](uint8_t byte) { return static_cast<char>(byte | 0x20); });
        const std::string_view name(lower.data(), mode.size());
        return name == "netascii" || name == "octet" || name == "mail";
    }
    uint16_t opcode;
    Bytes file;
    Bytes mode;
    bool has_end;
};

Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes[0] != 0 || bytes.size() < 9) return Recognition::no;
    if (bytes[1] != read_request && bytes[1] != write_request) return Recognition::no;
    return Request(bytes).is_one() ? Recognition::yes : Recognition::no;
}

Progress parse(Session& session, Bytes bytes) {
    const Request request(bytes);
    if (!request.is_one()) return Progress::done();
    session.event()
        .text(Field::tftp_packet, request.opcode == read_request ? "read" : "write")
        .text(Field::tftp_file, request.file)
        .text(Field::tftp_mode, request.mode);
    session.tell();
    return Progress::take(bytes.size());
}

}  // namespace

const Parser tftp_parser = {
    .app_proto = AppProto::tftp,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(0, 0),
    .parse = parse,
};

}  // namespace baleen::protocol
