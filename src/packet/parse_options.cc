#include "packet/parse_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/suggest.h"

namespace baleen::packet {
namespace {

using record::TunnelType;

// IANA: L2TP has one port for all versions.
constexpr uint16_t l2tp_port = 1701;

// The port that a tunnel over UDP has where none is named. Nothing: it is not over UDP.
std::optional<uint16_t> usual_port(TunnelType type) {
    if (type == TunnelType::l2tpv3) return l2tp_port;
    for (const TunnelPort& usual : ParseOptions().tunnel_ports)
        if (usual.type == type && usual.port != 0) return usual.port;
    return {};
}

base::Error unknown_tunnel(std::string_view name) {
    const auto names = std::span(record::tunnel_type_names).subspan(1);
    const std::string_view near = base::nearest(name, names);
    return base::Error{near.empty() ? fmt::format("parse.tunnels: \"{}\" is none of {}", name,
                                                  fmt::join(names, ", "))
                                    : fmt::format("parse.tunnels: \"{}\" is unknown; did you mean "
                                                  "\"{}\"?",
                                                  name, near)};
}

base::Status add_port(uint16_t port, TunnelType type, ParseOptions& options, size_t& used) {
    for (size_t i = 0; i < used; i++) {
        if (options.tunnel_ports[i].port != port) continue;
        if (options.tunnel_ports[i].type == type) return base::Ok{};
        return base::Error{fmt::format("parse.tunnels: port {} is given to two tunnels", port)};
    }
    if (used == options.tunnel_ports.size())
        return base::Error{fmt::format("parse.tunnels: more than {} UDP ports", used)};
    options.tunnel_ports[used++] = {port, type};
    return base::Ok{};
}

}  // namespace

base::Status set_tunnels(std::span<const std::string> words, ParseOptions& options) {
    options.tunnels = 0;
    options.tunnel_ports = {};
    size_t ports_used = 0;
    for (const std::string& word : words) {
        if (word == "all") {
            const ParseOptions usual;
            options.tunnels |= usual.tunnels;
            for (const TunnelPort& port : usual.tunnel_ports) {
                if (port.port == 0) break;
                if (auto status = add_port(port.port, port.type, options, ports_used); !status)
                    return status;
            }
            continue;
        }
        const size_t colon = word.find(':');
        const std::string_view name = std::string_view(word).substr(0, colon);
        const auto& names = record::tunnel_type_names;
        const auto* found = std::find(names.begin() + 1, names.end(), name);
        if (found == names.end()) return unknown_tunnel(name);
        const auto type = static_cast<TunnelType>(found - names.begin());
        options.tunnels |= tunnel_bit(type);
        const auto usual = usual_port(type);
        if (colon == std::string::npos) {
            if (!usual) continue;
            if (auto status = add_port(*usual, type, options, ports_used); !status) return status;
            continue;
        }
        if (!usual)
            return base::Error{
                fmt::format("parse.tunnels: \"{}\": {} has no UDP port", word, name)};
        uint16_t port = 0;
        const char* const end = word.data() + word.size();
        const auto [rest, problem] = std::from_chars(word.data() + colon + 1, end, port);
        if (problem != std::errc{} || rest != end || port == 0)
            return base::Error{
                fmt::format("parse.tunnels: \"{}\": the port must be 1 to 65535", word)};
        if (auto status = add_port(port, type, options, ports_used); !status) return status;
    }
    return base::Ok{};
}

}  // namespace baleen::packet
