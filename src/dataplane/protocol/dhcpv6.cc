// DHCP for IPv6 (RFC 8415).
#include <algorithm>
#include <array>
#include <string_view>

#include "dataplane/protocol/dns_name.h"
#include "dataplane/protocol/dns_type.h"
#include "dataplane/protocol/hex_text.h"
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t client_port = 546, server_port = 547;
constexpr size_t head_bytes = 4;         // a type and a transaction's id
constexpr size_t relay_head_bytes = 34;  // section 9
constexpr size_t option_head_bytes = 4;
constexpr uint8_t relay_forward = 12, relay_reply = 13;
constexpr uint8_t hop_count_max = 32;
constexpr uint32_t relays_opened_max = 8;  // HOP_COUNT_LIMIT of section 7.6
constexpr uint16_t option_assigned_max = 150;
constexpr size_t duid_bytes_max = 130;  // section 11.1, with its type

enum Option : uint16_t {
    client_id = 1,
    server_id = 2,
    ia_na = 3,
    ia_ta = 4,
    ia_address = 5,
    option_request = 6,
    relay_message = 9,
    status_code = 13,
    vendor_class = 16,
    interface_id = 18,
    dns_servers = 23,
    ia_pd = 25,
    ia_prefix = 26,
    client_fqdn = 39,          // RFC 4704
    client_link_address = 79,  // RFC 6939
};

// Section 7.3, and leases asked for by others (RFC 5007, 5460, 6977).
constexpr std::array<std::string_view, 19> message_types = {"unknown",
                                                            "solicit",
                                                            "advertise",
                                                            "request",
                                                            "confirm",
                                                            "renew",
                                                            "rebind",
                                                            "reply",
                                                            "release",
                                                            "decline",
                                                            "reconfigure",
                                                            "information_request",
                                                            "relay_forward",
                                                            "relay_reply",
                                                            "leasequery",
                                                            "leasequery_reply",
                                                            "leasequery_done",
                                                            "leasequery_data",
                                                            "reconfigure_request"};

constexpr std::array<std::string_view, 7> status_names = {
    "Success",   "UnspecFail",   "NoAddrsAvail", "NoBinding",  // section 21.13
    "NotOnLink", "UseMulticast", "NoPrefixAvail"};

struct OptionView {
    uint16_t code = 0;
    Bytes value;
};

class OptionWalk {
public:
    explicit OptionWalk(Bytes options) : cursor_(options) {}

    bool next(OptionView& option) {
        if (cursor_.at_end()) return false;
        option.code = cursor_.be16();
        option.value = cursor_.vector16();
        return cursor_.ok();
    }
    bool is_well_formed() const { return cursor_.ok() && cursor_.at_end(); }

private:
    Cursor cursor_;
};

// The first one of its kind; empty: there is none.
Bytes find_option(Bytes options, uint16_t code) {
    OptionView option;
    for (OptionWalk walk(options); walk.next(option);)
        if (option.code == code) return option.value;
    return {};
}

bool is_relay(uint8_t type) { return type == relay_forward || type == relay_reply; }

// Options of a message, or none: its head is not all there.
Bytes options_of(Bytes message) {
    const size_t head = !message.empty() && is_relay(message[0]) ? relay_head_bytes : head_bytes;
    return message.size() < head ? Bytes{} : message.subspan(head);
}

bool is_duid(Bytes value) {  // section 11
    return value.size() >= 4 && value.size() <= duid_bytes_max && value[0] == 0 && value[1] >= 1 &&
           value[1] <= 4;
}

bool is_well_formed(Bytes options) {
    OptionView option;
    OptionWalk walk(options);
    bool has_sign = false;
    while (walk.next(option)) {
        if (option.code == 0 || option.code > option_assigned_max) return false;
        const bool is_id = option.code == Option::client_id || option.code == Option::server_id;
        if (is_id && !is_duid(option.value)) return false;
        has_sign = has_sign || is_id ||
                   (option.code == Option::relay_message && option.value.size() > head_bytes);
    }
    return walk.is_well_formed() && has_sign;
}

// On its ports the first option has to be possible, elsewhere all of them, and one that is a sign.
Recognition recognise(const Turn& turn, Bytes bytes) {
    if (bytes[0] == 0 || bytes[0] >= message_types.size()) return Recognition::no;
    const bool is_relayed = is_relay(bytes[0]);
    if (is_relayed && (bytes.size() < relay_head_bytes || bytes[1] > hop_count_max))
        return Recognition::no;
    const Bytes options = options_of(bytes);
    if (options.size() < option_head_bytes) return Recognition::no;
    const bool is_possible = base::load_be16(options.data()) <= option_assigned_max &&
                             base::load_be16(options.data() + 2) <= options.size();
    if (!is_possible) return Recognition::no;
    const auto is_own = [](uint16_t port) { return port == server_port || port == client_port; };
    if (is_own(turn.src_port) || is_own(turn.dst_port)) return Recognition::yes;
    return is_well_formed(options) ? Recognition::yes : Recognition::no;
}

// Relays from the outermost one inwards (section 19), and the message within.
Bytes tell_relays(FieldWriter& event, Bytes message) {
    for (uint32_t opened = 0; opened < relays_opened_max; opened++) {
        if (message.size() < relay_head_bytes || !is_relay(message[0])) break;
        const Bytes options = options_of(message);
        event.object(Field::dhcpv6_relays)
            .number(Field::dhcpv6_relay_hop_count, message[1])
            .bytes(Field::dhcpv6_relay_link_address, message.subspan(2, 16))
            .bytes(Field::dhcpv6_relay_peer_address, message.subspan(18, 16));
        const Bytes interface = find_option(options, Option::interface_id);
        if (!interface.empty())
            event.text(Field::dhcpv6_relay_interface_id, HexText<128>(interface).view());
        const Bytes inner = find_option(options, Option::relay_message);
        if (inner.size() < head_bytes) break;
        message = inner;
    }
    return message;
}

// The link-layer address in a DUID of kinds 1 and 3 (sections 11.2, 11.4); empty: it has none.
Bytes link_address_of(Bytes duid) {
    constexpr size_t timed_head = 8, plain_head = 4, bytes_max = 16;
    if (duid.size() < plain_head) return {};
    const uint16_t kind = base::load_be16(duid.data());
    const size_t head = kind == 1 ? timed_head : plain_head;
    if ((kind != 1 && kind != 3) || duid.size() <= head || duid.size() > head + bytes_max)
        return {};
    return duid.subspan(head);
}

// What the client is.
void tell_client(FieldWriter& event, Bytes options, Bytes relay_options) {
    const Bytes duid = find_option(options, Option::client_id);
    Bytes address = link_address_of(duid);
    const Bytes seen = find_option(relay_options, Option::client_link_address);
    if (address.empty() && seen.size() > 2) address = seen.subspan(2);
    if (!address.empty()) event.text(Field::dhcpv6_client_mac, HexText<16>(address).view());
    if (!duid.empty()) event.text(Field::dhcpv6_client_id, HexText<duid_bytes_max>(duid).view());
    const Bytes fqdn = find_option(options, Option::client_fqdn);  // flags come first
    NameText name(NameCharset::utf8);
    if (fqdn.size() > 1 && read_partial_name(fqdn.subspan(1), name))
        event.text(Field::dhcpv6_hostname, name.view());
    Cursor vendor(find_option(options, Option::vendor_class));  // section 21.16
    const uint32_t enterprise = vendor.be32();
    const Bytes vendor_class = vendor.vector16();
    if (!vendor.ok()) return;
    event.number(Field::dhcpv6_enterprise, enterprise);
    event.text(Field::dhcpv6_vendor_class, vendor_class);
}

// What is assigned lies in associations of an identity (IA): their options behind these bytes.
size_t association_head_bytes(uint16_t code) {
    if (code == Option::ia_ta) return 4;
    return code == Option::ia_na || code == Option::ia_pd ? 12 : 0;
}

void tell_address(FieldWriter& event, Bytes value) {  // section 21.6
    if (value.size() < 24) return;
    event.object(Field::dhcpv6_addresses)
        .bytes(Field::dhcpv6_address, value.first(16))
        .number(Field::dhcpv6_address_preferred, base::load_be32(value.data() + 16))
        .number(Field::dhcpv6_address_valid, base::load_be32(value.data() + 20));
}

void tell_prefix(FieldWriter& event, Bytes value) {  // section 21.22
    if (value.size() < 25) return;
    event.object(Field::dhcpv6_prefixes)
        .bytes(Field::dhcpv6_prefix, value.subspan(9, 16))
        .number(Field::dhcpv6_prefix_length, value[8])
        .number(Field::dhcpv6_prefix_preferred, base::load_be32(value.data()))
        .number(Field::dhcpv6_prefix_valid, base::load_be32(value.data() + 4));
}

// All that is assigned of one kind, `code`; a status that is not success goes to `status`.
void tell_assigned(FieldWriter& event, Bytes options, uint16_t code, uint16_t& status) {
    OptionView association;
    for (OptionWalk walk(options); walk.next(association) && !event.is_cut();) {
        const size_t head = association_head_bytes(association.code);
        if (head == 0 || association.value.size() < head) continue;
        OptionView option;
        for (OptionWalk inner(association.value.subspan(head)); inner.next(option);) {
            if (option.code == Option::status_code && option.value.size() >= 2 && status == 0)
                status = base::load_be16(option.value.data());
            if (option.code != code) continue;
            if (code == Option::ia_address) tell_address(event, option.value);
            else tell_prefix(event, option.value);
        }
    }
}

void tell_server(FieldWriter& event, Bytes options) {
    const Bytes duid = find_option(options, Option::server_id);
    if (!duid.empty()) event.text(Field::dhcpv6_server_id, HexText<duid_bytes_max>(duid).view());
    for (Cursor servers(find_option(options, Option::dns_servers)); servers.left() >= 16;)
        event.bytes(Field::dhcpv6_dns_servers, servers.take(16));
    for (Cursor codes(find_option(options, Option::option_request)); codes.left() >= 2;)
        event.number(Field::dhcpv6_requested_options, codes.be16());
}

void tell_status(FieldWriter& event, Bytes value, uint16_t status) {
    const bool is_told = value.size() >= 2;
    if (is_told && status == 0) status = base::load_be16(value.data());
    if (!is_told && status == 0) return;
    event.text(Field::dhcpv6_status, status < status_names.size()
                                         ? status_names[status]
                                         : ParameterName("", status).view());
}

Progress parse(Session& session, Bytes bytes) {
    if (recognise(session.turn(), bytes) != Recognition::yes) return Progress::take(bytes.size());
    FieldWriter& event = session.event();
    const Bytes message = tell_relays(event, bytes);
    const Bytes options = options_of(message);
    const bool is_inner = !is_relay(message[0]);
    const uint8_t type = message[0] < message_types.size() ? message[0] : 0;
    event.text(Field::dhcpv6_type, message_types[type]);
    if (is_inner)
        event.number(Field::dhcpv6_transaction_id, base::load_be32(message.data()) & 0xffffffu);
    tell_client(event, options, is_relay(bytes[0]) ? options_of(bytes) : Bytes{});
    tell_server(event, options);
    uint16_t status = 0;
    tell_assigned(event, options, Option::ia_address, status);
    tell_assigned(event, options, Option::ia_prefix, status);
    tell_status(event, find_option(options, Option::status_code), status);
    session.tell();
    return Progress::take(bytes.size());
}

}  // namespace

const Parser dhcpv6_parser = {
    .app_proto = AppProto::dhcpv6,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(1, 18),
    .parse = parse,
};

}  // namespace baleen::protocol
