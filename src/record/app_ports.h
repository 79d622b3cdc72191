// What the ports of a flow make one expect it to speak, where nobody has looked at its content or
// the content has not told.
//
// Must hold: a port is no proof; whoever shows what comes from here says so (app_proto_source).
#pragma once

#include <array>
#include <cstdint>

#include "baleen/application.h"
#include "packet/ip.h"

namespace baleen::record {

struct AppPort {
    uint8_t protocol;  // IANA
    uint16_t port;
    application::AppProto app_proto;
};

namespace detail {
constexpr uint8_t tcp = packet::protocol::tcp;
constexpr uint8_t udp = packet::protocol::udp;
}  // namespace detail

// IANA's registry of services; BitTorrent's and WireGuard's are those that their programs use.
inline constexpr auto app_ports = std::to_array<AppPort>({
    {detail::udp, 53, application::AppProto::dns},
    {detail::tcp, 53, application::AppProto::dns},
    {detail::tcp, 853, application::AppProto::tls},
    {detail::udp, 5353, application::AppProto::mdns},
    {detail::udp, 5355, application::AppProto::llmnr},
    {detail::tcp, 443, application::AppProto::tls},
    {detail::udp, 443, application::AppProto::quic},
    {detail::tcp, 80, application::AppProto::http},
    {detail::tcp, 8080, application::AppProto::http},
    {detail::udp, 1900, application::AppProto::ssdp},
    {detail::tcp, 22, application::AppProto::ssh},
    {detail::tcp, 25, application::AppProto::smtp},
    {detail::tcp, 587, application::AppProto::smtp},
    {detail::tcp, 143, application::AppProto::imap},
    {detail::tcp, 110, application::AppProto::pop3},
    {detail::tcp, 465, application::AppProto::tls},
    {detail::tcp, 993, application::AppProto::tls},
    {detail::tcp, 995, application::AppProto::tls},
    {detail::tcp, 21, application::AppProto::ftp},
    {detail::udp, 67, application::AppProto::dhcp},
    {detail::udp, 68, application::AppProto::dhcp},
    {detail::udp, 546, application::AppProto::dhcpv6},
    {detail::udp, 547, application::AppProto::dhcpv6},
    {detail::udp, 123, application::AppProto::ntp},
    {detail::udp, 161, application::AppProto::snmp},
    {detail::udp, 162, application::AppProto::snmp},
    {detail::udp, 5060, application::AppProto::sip},
    {detail::tcp, 5060, application::AppProto::sip},
    {detail::tcp, 445, application::AppProto::smb},
    {detail::tcp, 3389, application::AppProto::rdp},
    {detail::udp, 3389, application::AppProto::rdp},
    {detail::tcp, 3306, application::AppProto::mysql},
    {detail::tcp, 5432, application::AppProto::pgsql},
    {detail::tcp, 6379, application::AppProto::redis},
    {detail::tcp, 1883, application::AppProto::mqtt},
    {detail::tcp, 6881, application::AppProto::bittorrent},
    {detail::udp, 6881, application::AppProto::bittorrent},
    {detail::udp, 51820, application::AppProto::wireguard},
    {detail::udp, 3478, application::AppProto::stun},
    {detail::tcp, 3478, application::AppProto::stun},
    {detail::tcp, 502, application::AppProto::modbus},
    {detail::tcp, 20000, application::AppProto::dnp3},
    {detail::tcp, 102, application::AppProto::s7comm},
    {detail::udp, 137, application::AppProto::nbns},
    {detail::udp, 138, application::AppProto::nbdgm},
    {detail::tcp, 139, application::AppProto::smb},
    {detail::udp, 1812, application::AppProto::radius},
    {detail::udp, 1813, application::AppProto::radius},
    {detail::tcp, 389, application::AppProto::ldap},
    {detail::udp, 389, application::AppProto::ldap},
    {detail::tcp, 88, application::AppProto::krb5},
    {detail::udp, 88, application::AppProto::krb5},
    {detail::udp, 69, application::AppProto::tftp},
    {detail::udp, 5683, application::AppProto::coap},
    {detail::tcp, 9092, application::AppProto::kafka},
    {detail::tcp, 179, application::AppProto::bgp},
    {detail::udp, 1194, application::AppProto::openvpn},
    {detail::tcp, 1194, application::AppProto::openvpn},
    {detail::tcp, 23, application::AppProto::telnet},
    {detail::udp, 514, application::AppProto::syslog},
});

constexpr application::AppProto app_proto_of_port(uint8_t protocol, uint16_t port) {
    for (const AppPort& known : app_ports)
        if (known.protocol == protocol && known.port == port) return known.app_proto;
    return application::AppProto::unknown;
}

// The responder is the server. A flow that was seen from its middle may have it the other way
// round: then the initiator's port tells, if it is one that systems give to nobody by chance.
constexpr application::AppProto expected_app_proto(uint8_t protocol, uint16_t initiator_port,
                                                   uint16_t responder_port) {
    constexpr uint16_t system_ports_end = 1024;  // RFC 6335 section 6
    const auto expected = app_proto_of_port(protocol, responder_port);
    if (expected != application::AppProto::unknown || initiator_port >= system_ports_end)
        return expected;
    return app_proto_of_port(protocol, initiator_port);
}

}  // namespace baleen::record
