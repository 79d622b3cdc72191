// SSDP (UPnP Device Architecture 2.0 section 1): what devices offer and look for.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t ssdp_port = 1900;
constexpr std::string_view search = "M-SEARCH * HTTP/1.1", notify = "NOTIFY * HTTP/1.1",
                           response = "HTTP/1.1 200 OK";
constexpr uint32_t headers_max = 32, events_max = 16;

struct State {
    uint32_t told;
};

struct Wanted {
    std::string_view name;  // in lower case
    Field field;
};
constexpr std::array<Wanted, 7> wanted = {{
    {"st", Field::ssdp_st},
    {"nt", Field::ssdp_nt},
    {"nts", Field::ssdp_nts},
    {"usn", Field::ssdp_usn},
    {"location", Field::ssdp_location},
    {"server", Field::ssdp_server},
    {"user-agent", Field::ssdp_user_agent},
}};

std::string_view method_of(Bytes bytes) {
    const std::string_view text = as_text(bytes);
    if (text.starts_with(search)) return "M-SEARCH";
    if (text.starts_with(notify)) return "NOTIFY";
    return text.starts_with(response) ? "response" : std::string_view{};
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (bytes[0] != 'M' && bytes[0] != 'N' && bytes[0] != 'H') return Recognition::no;
    const std::string_view method = method_of(bytes);
    const bool has_port = turn.src_port == ssdp_port || turn.dst_port == ssdp_port;
    if (method.empty()) return Recognition::no;
    return method != "response" || has_port ? Recognition::yes : Recognition::no;
}

bool is_same(std::string_view name, std::string_view lower) {
    return std::equal(name.begin(), name.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

void tell_header(FieldWriter& event, std::string_view line) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    for (const Wanted& one : wanted)
        if (is_same(line.substr(0, colon), one.name)) event.text(one.field, value);
}

Progress parse(Session& session, Bytes bytes) {
    const std::string_view method = method_of(bytes);
    if (method.empty()) return Progress::take(bytes.size());
    FieldWriter& event = session.event();
    event.text(Field::ssdp_method, method);
    std::string_view rest = as_text(bytes);
    for (uint32_t i = 0; i < headers_max && !rest.empty(); i++) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (i > 0) tell_header(event, line);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    session.tell();
    return ++session.state<State>().told >= events_max ? Progress::done()
                                                       : Progress::take(bytes.size());
}

}  // namespace

const Parser ssdp_parser = {
    .app_proto = AppProto::ssdp,
    .transport = Transport::udp,
    .recognise = recognise,
    .parse = parse,
};

}  // namespace baleen::protocol
