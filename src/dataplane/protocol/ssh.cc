// SSH: the version exchange and both sides' first KEXINIT (RFC 4253 sections 4.2 and 7.1).
//
// One event tells both sides. HASSH and HASSHServer are made of the lists by whoever stores or
// shows it (record/hassh.h).
#include "dataplane/protocol/noted_fields.h"
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t ssh_port = 22;
constexpr size_t banner_bytes_max = 255;      // RFC 4253 section 4.2
constexpr size_t packet_length_bytes = 4;     // section 6
constexpr uint32_t packet_bytes_max = 35000;  // section 6.1
constexpr size_t kexinit_at = 1;              // behind the padding's length
constexpr uint8_t kexinit = 20;               // RFC 4250 section 4.1.2
constexpr size_t cookie_bytes = 16;           // RFC 4253 section 7.1
constexpr size_t list_bytes_max = 1200;       // far more than real ones have

struct SideFields {
    Field proto_version, software_version, comments;
    Field kex, host_key, encryption, mac, compression;
};
constexpr SideFields client_fields = {Field::ssh_client_proto,    Field::ssh_client_software,
                                      Field::ssh_client_comments, Field::ssh_client_kex,
                                      Field::ssh_client_host_key, Field::ssh_client_encryption,
                                      Field::ssh_client_mac,      Field::ssh_client_compression};
constexpr SideFields server_fields = {Field::ssh_server_proto,    Field::ssh_server_software,
                                      Field::ssh_server_comments, Field::ssh_server_kex,
                                      Field::ssh_server_host_key, Field::ssh_server_encryption,
                                      Field::ssh_server_mac,      Field::ssh_server_compression};

enum class Phase : uint8_t { banner, kexinit, over };

struct State {
    std::array<stream::Kept, 2> notes;  // fields to tell, of the client and of the server
    std::array<Phase, 2> phases;
};

// 0: the client, 1: the server. Nothing in the bytes tells them apart, so it is whoever began; a
// flow seen from its middle may be the wrong way round, which the port tells.
uint32_t side_of(const Turn& turn) {
    const bool has_server_port = turn.src_port == ssh_port && turn.dst_port != ssh_port;
    const bool has_client_port = turn.src_port != ssh_port && turn.dst_port == ssh_port;
    if (has_server_port || has_client_port) return has_server_port ? 1 : 0;
    return turn.from_initiator ? 0 : 1;
}

Recognition recognise(const Turn&, Bytes bytes) {
    constexpr std::string_view first = "SSH-1.", second = "SSH-2.0-";
    const auto is_begun = [&](std::string_view sign) {
        const size_t there = std::min(sign.size(), bytes.size());
        return std::memcmp(bytes.data(), sign.data(), there) == 0;
    };
    if (!is_begun(first) && !is_begun(second)) return Recognition::no;
    const bool is_whole = bytes.size() >= (is_begun(first) ? first.size() : second.size());
    return is_whole ? Recognition::yes : Recognition::maybe;
}

// Sides that are over have nothing more to say: with both, the event is complete.
void tell_noted(Session& session) {
    State& state = session.state<State>();
    FieldWriter& event = session.event();
    for (stream::Kept& notes : state.notes) {
        write_noted(session.memory(), notes, event);
        session.memory().kept.release(notes);
    }
    if (!event.is_empty()) session.tell();
}

// Without memory, what was composed is told at once.
void note(Session& session, const FieldWriter& event, uint32_t side) {
    stream::Kept& notes = session.state<State>().notes[side];
    if (!note_fields(session.memory(), notes, event.fields())) session.tell();
}

const SideFields& fields_of(uint32_t side) { return side == 0 ? client_fields : server_fields; }

bool is_over(const State& state) {
    return state.phases[0] == Phase::over && state.phases[1] == Phase::over;
}

Progress end_side(Session& session, uint32_t side) {
    State& state = session.state<State>();
    state.phases[side] = Phase::over;
    if (!is_over(state)) return Progress::stop();
    tell_noted(session);
    return Progress::done();
}

// "SSH-protoversion-softwareversion SP comments".
Progress parse_banner(Session& session, Bytes bytes, uint32_t side) {
    const Line line = read_line(bytes, banner_bytes_max);
    if (line.bytes == 0) return Progress::need(bytes.size() + 1);
    if (!starts_with(line.text, "ssh-") || line.is_begun) return Progress::refuse();
    Bytes rest = line.text.subspan(4);
    const Bytes version = until(rest, '-');
    if (version.size() == rest.size()) return Progress::refuse();
    rest = rest.subspan(version.size() + 1);
    const Bytes software = take_word(rest);
    const SideFields& fields = fields_of(side);
    FieldWriter& event = session.event();
    event.text(fields.proto_version, version).text(fields.software_version, software);
    rest = until(rest, 0);  // some fill a buffer of a fixed size
    if (!rest.empty()) event.text(fields.comments, rest);
    note(session, event, side);
    // SSH 1 goes on in another way; 1.99 is 2.0 that can do both (section 5.1).
    const bool is_second = starts_with(version, "2.") || is_word(version, "1.99");
    if (!is_second) return end_side(session, side);
    session.state<State>().phases[side] = Phase::kexinit;
    return Progress::take(line.bytes);
}

// A name-list (RFC 4251 section 5). HASSH wants all of it or none.
Bytes read_list(Cursor& cursor) { return cursor.take(cursor.be32()); }

void write_list(FieldWriter& event, Field field, Bytes list) {
    if (list.size() <= list_bytes_max) event.bytes(field, list);
}

Progress parse_kexinit(Session& session, Bytes bytes, uint32_t side) {
    if (bytes.size() < packet_length_bytes + 2) return Progress::need(packet_length_bytes + 2);
    Cursor packet(bytes);
    const uint32_t length = packet.be32();
    const bool is_kexinit = bytes[packet_length_bytes + kexinit_at] == kexinit;
    if (length > packet_bytes_max || !is_kexinit) return end_side(session, side);
    if (packet.left() < length) return Progress::need(packet_length_bytes + length);
    Cursor message(packet.take(length));
    message.skip(kexinit_at + 1 + cookie_bytes);
    const Bytes kex = read_list(message), host_key = read_list(message);
    std::array<std::array<Bytes, 2>, 3> lists;  // encryption, MAC, compression; of both sides
    for (auto& both : lists)
        for (Bytes& list : both) list = read_list(message);
    if (!message.ok()) return Progress::refuse();
    const SideFields& fields = fields_of(side);
    FieldWriter& event = session.event();
    write_list(event, fields.kex, kex);
    write_list(event, fields.host_key, host_key);
    write_list(event, fields.encryption, lists[0][side]);
    write_list(event, fields.mac, lists[1][side]);
    write_list(event, fields.compression, lists[2][side]);
    note(session, event, side);
    return end_side(session, side);
}

Progress parse(Session& session, Bytes bytes) {
    const uint32_t side = side_of(session.turn());
    switch (session.state<State>().phases[side]) {
        case Phase::banner: return parse_banner(session, bytes, side);
        case Phase::kexinit: return parse_kexinit(session, bytes, side);
        case Phase::over: break;
    }
    return Progress::stop();
}

}  // namespace

const Parser ssh_parser = {
    .app_proto = AppProto::ssh,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("S"),
    .parse = parse,
    .end = tell_noted,
};

}  // namespace baleen::protocol
