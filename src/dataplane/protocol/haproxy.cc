// The PROXY protocol of load balancers: whose connection it is, in front of what is said in it
// (haproxy's proxy-protocol.txt, versions 1 and 2).
#include <algorithm>
#include <string_view>

#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr std::string_view sign_1 = "PROXY ";
constexpr std::string_view sign_2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t line_bytes_max = 107;     // section 2.1
constexpr size_t head_2_bytes = 16;        // section 2.2
constexpr size_t body_2_bytes_max = 4096;  // addresses and TLVs; all senders stay below 536

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (!turn.from_initiator) return Recognition::no;
    return std::max(begins_with(bytes, sign_1), begins_with(bytes, sign_2));
}

// "PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\n"
Progress take_line(Session& session, Bytes bytes) {
    const auto end = std::find(bytes.begin(), bytes.end(), '\n');
    const auto size = static_cast<size_t>(end - bytes.begin());
    if (size > line_bytes_max) return Progress::refuse();
    if (end == bytes.end()) return Progress::need(bytes.size() + 1);
    std::string_view line = as_text(bytes.subspan(sign_1.size(), size - sign_1.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto word = [&] {
        const size_t space = std::min(line.find(' '), line.size());
        const std::string_view taken = line.substr(0, space);
        line.remove_prefix(std::min(space + 1, line.size()));
        return taken;
    };
    FieldWriter& event = session.event();
    event.number(Field::haproxy_version, 1);
    word();  // TCP4, TCP6 or UNKNOWN
    for (const Field field : {Field::haproxy_source, Field::haproxy_destination})
        if (const auto address = word(); !address.empty()) event.text(field, address);
    session.tell();
    return Progress::anew(size + 1);
}

Progress take_binary(Session& session, Bytes bytes) {
    if (bytes.size() < head_2_bytes) return Progress::need(head_2_bytes);
    const size_t body = base::load_be16(bytes.data() + 14);
    if (body > body_2_bytes_max) return Progress::refuse();
    if (bytes.size() < head_2_bytes + body) return Progress::need(head_2_bytes + body);
    constexpr uint8_t ipv4 = 1, ipv6 = 2;
    const uint8_t family = bytes[13] >> 4;
    const size_t address = family == ipv4 ? 4 : family == ipv6 ? 16 : 0;
    FieldWriter& event = session.event();
    event.number(Field::haproxy_version, 2);
    if (address > 0 && body >= 2 * address) {
        event.bytes(Field::haproxy_source_address, bytes.subspan(head_2_bytes, address));
        event.bytes(Field::haproxy_destination_address,
                    bytes.subspan(head_2_bytes + address, address));
    }
    session.tell();
    return Progress::anew(head_2_bytes + body);
}

Progress parse(Session& session, Bytes bytes) {
    const Recognition recognition = recognise(session.turn(), bytes);
    // The other side speaks whatever comes behind the header, and waits for that.
    if (recognition == Recognition::maybe || !session.turn().from_initiator)
        return Progress::need(bytes.size() + 1);
    if (recognition == Recognition::no) return Progress::refuse();
    return bytes[0] == sign_1[0] ? take_line(session, bytes) : take_binary(session, bytes);
}

}  // namespace

const Parser haproxy_parser = {
    .app_proto = AppProto::haproxy,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("P\r"),
    .parse = parse,
};

}  // namespace baleen::protocol
