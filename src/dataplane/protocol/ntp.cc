// NTP (RFC 5905), and the control messages of its mode 6 (RFC 9327).
#include <array>
#include <string_view>

#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t ntp_port = 123;
constexpr size_t header_bytes = 48;          // RFC 5905 section 7.3
constexpr size_t control_header_bytes = 12;  // RFC 9327 section 2
constexpr uint32_t mode_control = 6;
constexpr uint32_t stratum_max = 16;

// By mode (RFC 5905 figure 10).
constexpr std::array<std::string_view, 8> mode_names = {
    "reserved", "symmetric_active", "symmetric_passive", "client",
    "server",   "broadcast",        "control",           "private"};

struct Head {
    explicit Head(uint8_t first) : version(first >> 3 & 7u), mode(first & 7u) {}
    uint32_t version;
    uint32_t mode;
};

// Nothing in the header is a sign of its own, so the port has to be right as well.
Recognition recognise(const Turn& turn, Bytes bytes) {
    if (turn.src_port != ntp_port && turn.dst_port != ntp_port) return Recognition::no;
    const Head head(bytes[0]);
    const bool is_control = head.mode == mode_control && bytes.size() >= control_header_bytes;
    const bool is_time = head.mode >= 1 && head.mode < mode_control &&
                         bytes.size() >= header_bytes && bytes[1] <= stratum_max;
    const bool is_known = head.version >= 1 && head.version <= 4;
    return is_known && (is_control || is_time) ? Recognition::yes : Recognition::no;
}

// What the clock goes by: four letters at strata 0 and 1 (RFC 5905 sections 7.3 and 7.4).
void tell_reference(FieldWriter& event, Bytes bytes) {
    constexpr size_t reference_at = 12, reference_bytes = 4;
    if (bytes[1] > 1) return;
    Bytes letters = bytes.subspan(reference_at, reference_bytes);
    while (!letters.empty() && letters.back() == 0) letters = letters.first(letters.size() - 1);
    if (!letters.empty()) event.text(Field::ntp_reference, letters);
}

Progress parse(Session& session, Bytes bytes) {
    if (recognise(session.turn(), bytes) != Recognition::yes) return Progress::take(bytes.size());
    const Head head(bytes[0]);
    FieldWriter& event = session.event();
    event.number(Field::ntp_version, head.version).text(Field::ntp_mode, mode_names[head.mode]);
    if (head.mode != mode_control) {
        event.number(Field::ntp_stratum, bytes[1]);
        tell_reference(event, bytes);
    }
    session.tell();
    return Progress::take(bytes.size());
}

}  // namespace

const Parser ntp_parser = {
    .app_proto = AppProto::ntp,
    .transport = Transport::udp,
    .recognise = recognise,
    .parse = parse,
};

}  // namespace baleen::protocol
