// Names that users of Suricata, Arkime and NetFlow tools type.
#include "filter/field.h"

namespace baleen::filter {
namespace {

constexpr Alias aliases[] = {
    {"src_ip", "ip.src"},
    {"vxlan.vni", "tunnel.id"},
    {"geneve.vni", "tunnel.id"},
    {"gtp.teid", "tunnel.id"},
    {"gre.key", "tunnel.id"},
    {"mpls.label", "tunnel.id"},
    {"pppoe.session_id", "tunnel.id"},
    {"esp.spi", "tunnel.id"},
    {"dest_ip", "ip.dst"},
    {"src_port", "port.src"},
    {"dest_port", "port.dst"},
    {"proto", "ip.proto"},
    {"packets", "flow.packets"},
    {"bytes", "flow.bytes"},
    {"flow_id", "flow.id"},
    {"start", "flow.start"},
    {"end", "flow.end"},
    {"duration", "flow.duration"},
    {"flow.age", "flow.duration"},
    {"reason", "flow.reason"},
    {"ipv4.addr", "ip.addr"},
    {"ipv4.src", "ip.src"},
    {"ipv4.dst", "ip.dst"},
    {"tcp.flags.rst", "tcp.flags.reset"},
    {"flow.alerted", "alerted"},
    {"time", "event.time"},
    {"event_type", "event.type"},
    {"severity", "rule.severity"},
    {"matches.severity", "rule.severity"},
    {"signature_id", "rule.id"},
    {"sid", "rule.id"},
    {"alert.signature_id", "rule.id"},
    {"alert.signature", "rule.name"},
    {"alert.category", "rule.classtype"},
    {"alert.severity", "rule.severity"},
    {"alert.gid", "rule.gid"},
    {"alert.rev", "rule.rev"},
    {"direction", "match.direction"},
    {"payload_printable", "payload"},
};

}  // namespace

std::span<const Alias> usual_aliases() { return aliases; }

}  // namespace baleen::filter
