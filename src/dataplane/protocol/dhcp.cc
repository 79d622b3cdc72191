// DHCP for IPv4 (RFC 2131, options of RFC 2132), and BOOTP (RFC 951), which it grew out of.
#include <algorithm>
#include <array>
#include <bitset>
#include <string_view>

#include "dataplane/protocol/dns_name.h"
#include "dataplane/protocol/dns_type.h"
#include "dataplane/protocol/hex_text.h"
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t server_port = 67, client_port = 68;
constexpr uint8_t op_request = 1, op_reply = 2;
constexpr uint8_t hardware_bytes_max = 16;
constexpr uint8_t hardware_ethernet = 1;
// RFC 2131 figure 1: the header with its names of a server and a file, then a cookie and options.
constexpr size_t sname_at = 44, sname_bytes = 64, file_at = 108, file_bytes = 128;
constexpr size_t header_bytes = 236, cookie_bytes = 4;
constexpr uint32_t cookie = 0x63825363;

enum Option : uint8_t {
    pad = 0,
    subnet_mask = 1,
    routers = 3,
    dns_servers = 6,
    host_name = 12,
    domain = 15,
    requested_ip = 50,
    lease_time = 51,
    overload = 52,
    message_type = 53,
    server_identifier = 54,
    parameter_list = 55,
    renewal_time = 58,
    rebinding_time = 59,
    vendor_class = 60,
    client_id = 61,
    client_fqdn = 81,  // RFC 4702
    end = 255
};

// RFC 2132 section 9.6, and what came later (RFC 3203, 4388).
constexpr std::array<std::string_view, 14> message_types = {
    "unknown",       "discover",    "offer",  "request",     "decline",     "ack",
    "nak",           "release",     "inform", "force_renew", "lease_query", "lease_unassigned",
    "lease_unknown", "lease_active"};

// What is in several options of one code is one value (RFC 3396 section 5); so much of it is read.
constexpr size_t joined_bytes_max = 1024;

// Those of a fixed length cannot be in several: the first one counts.
constexpr bool may_be_split(uint8_t code) {
    switch (code) {
        case Option::routers:
        case Option::dns_servers:
        case Option::host_name:
        case Option::domain:
        case Option::parameter_list:
        case Option::vendor_class:
        case Option::client_id:
        case Option::client_fqdn: return true;
        default: return false;
    }
}

template <class Call>
void visit_options(Bytes part, const Call& call) {
    for (Cursor cursor(part); !cursor.at_end();) {
        const uint8_t code = cursor.u8();
        if (code == Option::pad) continue;
        if (code == Option::end) return;
        const Bytes value = cursor.vector8();
        if (!cursor.ok()) return;
        if (!value.empty()) call(code, value);
    }
}

// The options of a message; each is told once.
class OptionTeller {
public:
    OptionTeller(FieldWriter& event, Bytes message) : event_(event) {
        parts_[0] = message.subspan(header_bytes + cookie_bytes);
        // Which other parts of the message have options too (RFC 2132 section 9.3).
        constexpr uint8_t in_file = 1, in_sname = 2;
        uint8_t overloaded = 0;
        visit_options(parts_[0], [&](uint8_t code, Bytes value) {
            if (code == Option::overload && overloaded == 0) overloaded = value[0];
        });
        if ((overloaded & in_file) != 0) parts_[1] = message.subspan(file_at, file_bytes);
        if ((overloaded & in_sname) != 0) parts_[2] = message.subspan(sname_at, sname_bytes);
    }

    void tell_all() {
        std::bitset<256> seen, repeated, told;
        visit_all([&](uint8_t code, Bytes) {
            repeated[code] = seen[code];
            seen.set(code);
        });
        visit_all([&](uint8_t code, Bytes value) {
            if (told.test(code) || event_.is_cut()) return;
            told.set(code);
            tell(code, repeated.test(code) && may_be_split(code) ? join(code) : value);
        });
    }

private:
    // In the order in which they are read (RFC 3396 section 5).
    template <class Call>
    void visit_all(const Call& call) const {
        for (const Bytes part : parts_) visit_options(part, call);
    }
    Bytes join(uint8_t wanted) {
        size_t used = 0;
        visit_all([&](uint8_t code, Bytes value) {
            if (code != wanted) return;
            value = value.first(std::min(value.size(), joined_.size() - used));
            std::copy(value.begin(), value.end(), joined_.begin() + static_cast<ptrdiff_t>(used));
            used += value.size();
        });
        return {joined_.data(), used};
    }
    void tell(uint8_t code, Bytes value) {
        switch (code) {
            case Option::message_type: tell_message_type(value[0]); break;
            case Option::host_name: tell_text(Field::dhcp_hostname, value); break;
            case Option::vendor_class: tell_text(Field::dhcp_vendor_class, value); break;
            case Option::domain: tell_text(Field::dhcp_domain, value); break;
            case Option::client_fqdn: tell_fqdn(value); break;
            case Option::client_id:  // RFC 2132 section 9.14: its kind comes first
                event_.text(Field::dhcp_client_id, HexText<255>(value.subspan(1)).view());
                break;
            case Option::requested_ip: tell_address(Field::dhcp_requested_ip, value); break;
            case Option::server_identifier:
                tell_address(Field::dhcp_server_identifier, value);
                break;
            case Option::subnet_mask: tell_address(Field::dhcp_subnet_mask, value); break;
            case Option::routers: tell_addresses(Field::dhcp_routers, value); break;
            case Option::dns_servers: tell_addresses(Field::dhcp_dns_servers, value); break;
            case Option::lease_time: tell_seconds(Field::dhcp_lease_time, value); break;
            case Option::renewal_time: tell_seconds(Field::dhcp_renewal_time, value); break;
            case Option::rebinding_time: tell_seconds(Field::dhcp_rebinding_time, value); break;
            case Option::parameter_list: tell_parameters(value); break;
            default: break;
        }
    }
    void tell_message_type(uint8_t type) {
        event_.text(Field::dhcp_dhcp_type, message_types[type < message_types.size() ? type : 0]);
    }
    // Some end theirs with zeros, as C does.
    void tell_text(Field field, Bytes value) {
        while (!value.empty() && value.back() == 0) value = value.first(value.size() - 1);
        if (!value.empty()) event_.text(field, value);
    }
    void tell_fqdn(Bytes value) {  // RFC 4702 section 2
        constexpr uint8_t is_encoded = 0x04;
        constexpr size_t head_bytes = 3;
        if (value.size() <= head_bytes) return;
        const Bytes name = value.subspan(head_bytes);
        NameText text(NameCharset::utf8);
        if ((value[0] & is_encoded) == 0) tell_text(Field::dhcp_client_fqdn, name);
        else if (read_partial_name(name, text)) event_.text(Field::dhcp_client_fqdn, text.view());
    }
    void tell_address(Field field, Bytes value) {
        if (value.size() == 4) event_.bytes(field, value);
    }
    void tell_addresses(Field field, Bytes value) {
        for (Cursor addresses(value); addresses.left() >= 4;)
            event_.bytes(field, addresses.take(4));
    }
    void tell_seconds(Field field, Bytes value) {
        if (value.size() == 4) event_.number(field, base::load_be32(value.data()));
    }
    // Which options a client asks for, and in which order, tells what it is.
    void tell_parameters(Bytes value) {
        for (const uint8_t code : value) event_.text(Field::dhcp_params, name_of(code).view());
    }
    // Those that Suricata has names for.
    static ParameterName name_of(uint8_t code) {
        switch (code) {
            case 1: return ParameterName("subnet_mask");
            case 3: return ParameterName("router");
            case 6: return ParameterName("dns_server");
            case 15: return ParameterName("domain");
            case 35: return ParameterName("arp_timeout");
            case 42: return ParameterName("ntp_server");
            case 66: return ParameterName("tftp_server_name");
            case 150: return ParameterName("tftp_server_ip");
            default: return ParameterName("", code);
        }
    }

    FieldWriter& event_;
    std::array<Bytes, 3> parts_;
    std::array<uint8_t, joined_bytes_max> joined_;
};

bool has_cookie(Bytes bytes) {
    return bytes.size() >= header_bytes + cookie_bytes &&
           base::load_be32(bytes.data() + header_bytes) == cookie;
}

// The cookie is a sign of its own. BOOTP of old has none: there it is the ports.
Recognition recognise(const Turn& turn, Bytes bytes) {
    if (bytes[0] != op_request && bytes[0] != op_reply) return Recognition::no;
    if (bytes.size() < header_bytes || bytes[2] > hardware_bytes_max) return Recognition::no;
    if (has_cookie(bytes)) return Recognition::yes;
    const auto is_own = [](uint16_t port) { return port == server_port || port == client_port; };
    const bool is_bootp = is_own(turn.src_port) && is_own(turn.dst_port) &&
                          bytes[1] == hardware_ethernet && bytes[2] == 6;
    return is_bootp ? Recognition::yes : Recognition::no;
}

// Zero means that it is not filled in (RFC 2131 table 1).
void tell_address(FieldWriter& event, Field field, Bytes address) {
    if (base::load_be32(address.data()) != 0) event.bytes(field, address);
}

void tell_header(FieldWriter& event, Bytes bytes) {
    const Bytes hardware = bytes.subspan(28, std::min(bytes[2], hardware_bytes_max));
    event.text(Field::dhcp_type, bytes[0] == op_request ? "request" : "reply")
        .number(Field::dhcp_id, base::load_be32(bytes.data() + 4));
    if (!hardware.empty())
        event.text(Field::dhcp_client_mac, HexText<hardware_bytes_max>(hardware).view());
    tell_address(event, Field::dhcp_client_ip, bytes.subspan(12, 4));
    tell_address(event, Field::dhcp_assigned_ip, bytes.subspan(16, 4));
    tell_address(event, Field::dhcp_next_server_ip, bytes.subspan(20, 4));
    tell_address(event, Field::dhcp_relay_ip, bytes.subspan(24, 4));
}

Progress parse(Session& session, Bytes bytes) {
    if (recognise(session.turn(), bytes) != Recognition::yes) return Progress::take(bytes.size());
    FieldWriter& event = session.event();
    tell_header(event, bytes);
    if (has_cookie(bytes)) OptionTeller(event, bytes).tell_all();
    session.tell();
    return Progress::take(bytes.size());
}

}  // namespace

const Parser dhcp_parser = {
    .app_proto = AppProto::dhcp,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(1, 2),
    .parse = parse,
};

}  // namespace baleen::protocol
