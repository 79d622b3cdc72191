#include "cli/packet_search.h"

#include <fmt/format.h>

#include <set>

#include "filter/node.h"
#include "packet/ip.h"

namespace baleen::cli {
namespace {

using filter::Node;
using filter::Operator;
using packets::Selector;

constexpr uint32_t whole_address_bits = 128;

constexpr std::string_view address_fields[] = {"ip.addr",   "ip.src",   "ip.dst",
                                               "ipv6.addr", "ipv6.src", "ipv6.dst"};
constexpr std::string_view port_endings[] = {"port", "srcport", "dstport", "src", "dst"};

// The transport that a field of ports, or of presence, is about; 0: any, or no such field.
uint8_t transport_of(std::string_view name) {
    const auto word = name.substr(0, name.find('.'));
    if (word == "tcp") return packet::protocol::tcp;
    if (word == "udp") return packet::protocol::udp;
    if (word == "sctp") return packet::protocol::sctp;
    return 0;
}

bool is_port_field(std::string_view name) {
    if (name == "port") return true;
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) return false;
    const bool is_of_ports = name.substr(0, dot) == "port" || transport_of(name) != 0;
    return is_of_ports &&
           std::ranges::find(port_endings, name.substr(dot + 1)) != std::end(port_endings);
}

bool is_address(const Node& node) {
    return std::ranges::find(address_fields, node.field->name) != std::end(address_fields) &&
           std::ranges::all_of(node.literals, [](const filter::Literal& literal) {
               return literal.has_address && literal.prefix_bits == whole_address_bits;
           });
}

bool is_exact(const Node& node) {
    return std::ranges::all_of(
        node.literals, [](const filter::Literal& literal) { return literal.low == literal.high; });
}

// One comparison: of any of its literals.
Selector of_comparison(const Node& node) {
    if (node.op != Operator::equal) return {};
    std::vector<Selector> keys;
    if (is_address(node))
        for (const auto& literal : node.literals)
            keys.push_back(Selector::of(packets::host_key(literal.address)));
    else if (node.field->name == "flow.id" && is_exact(node))
        for (const auto& literal : node.literals)
            keys.push_back(Selector::of(packets::flow_key(literal.low)));
    if (keys.empty()) return {};
    return keys.size() == 1 ? keys.front() : Selector::any(std::move(keys));
}

// What conjuncts demand of the ends of a connection.
struct Ends {
    std::set<packets::Address> addresses;
    std::set<uint16_t> ports;
    uint8_t transport = 0;

    void take(const Node& node) {
        if (node.kind != Node::Kind::compare) return;
        if (const uint8_t told = transport_of(node.field->name)) transport = told;
        if (node.op != Operator::equal || node.literals.size() != 1) return;
        const filter::Literal& literal = node.literals.front();
        if (is_address(node)) addresses.insert(literal.address);
        else if (is_port_field(node.field->name) && is_exact(node) && literal.low <= UINT16_MAX)
            ports.insert(static_cast<uint16_t>(literal.low));
    }
    // Two addresses and two ports are both ends, whichever port is whose.
    std::optional<Selector> selector() const {
        if (transport == 0 || addresses.size() != 2 || ports.size() != 2) return std::nullopt;
        const auto& [a, b] = std::pair(*addresses.begin(), *addresses.rbegin());
        const auto [low, high] = std::pair(*ports.begin(), *ports.rbegin());
        return Selector::any({Selector::of(packets::tuple_key(transport, a, low, b, high)),
                              Selector::of(packets::tuple_key(transport, a, high, b, low))});
    }
};

// Calls take(conjunct) for each, also those of conjuncts that are conjunctions.
template <class Take>
void each_conjunct(const Node& node, const Take& take) {
    if (node.kind != Node::Kind::all) return take(node);
    for (const auto& child : node.children) each_conjunct(*child, take);
}

Selector selector_of(const Node& node) {
    if (node.kind == Node::Kind::none) return {};
    if (node.kind == Node::Kind::compare) return of_comparison(node);
    std::vector<Selector> parts;
    if (node.kind == Node::Kind::any) {
        for (const auto& child : node.children) parts.push_back(selector_of(*child));
        return Selector::any(std::move(parts));
    }
    Ends ends;
    each_conjunct(node, [&](const Node& conjunct) {
        ends.take(conjunct);
        parts.push_back(selector_of(conjunct));
    });
    // It is rarer than either host.
    if (auto both = ends.selector()) return *std::move(both);
    return Selector::all(std::move(parts));
}

void narrow(const Node& node, packets::TimeRange& range) {
    if (node.kind != Node::Kind::compare || node.field->name != "frame.time" ||
        node.literals.size() != 1)
        return;
    const auto low = static_cast<int64_t>(node.literals[0].low);
    const auto high = static_cast<int64_t>(node.literals[0].high);
    const bool from = node.op == Operator::equal || node.op == Operator::greater_equal ||
                      node.op == Operator::greater;
    const bool to =
        node.op == Operator::equal || node.op == Operator::less_equal || node.op == Operator::less;
    if (from) range.from_ns = std::max(range.from_ns, low);
    if (to && high < INT64_MAX) range.to_ns = std::min(range.to_ns, high + 1);
}

const filter::Field* first_refused(const Node& node) {
    if (node.kind == Node::Kind::compare) {
        const auto kinds = node.field->kinds;
        const bool is_of_messages = filter::includes(kinds, filter::Kind::app) &&
                                    !filter::includes(kinds, filter::Kind::alert);
        return is_of_messages || node.field->name == "frame.number" ? node.field : nullptr;
    }
    for (const auto& child : node.children)
        if (const filter::Field* refused = first_refused(*child)) return refused;
    return nullptr;
}

}  // namespace

PacketSearch search_of(const filter::Filter& filter) {
    PacketSearch search;
    if (filter.root() == nullptr) return search;
    search.selector = selector_of(*filter.root());
    each_conjunct(*filter.root(), [&](const Node& node) { narrow(node, search.range); });
    return search;
}

base::Status check_fields_of_stored_packets(const filter::Filter& filter) {
    const auto* refused = filter.root() == nullptr ? nullptr : first_refused(*filter.root());
    if (refused == nullptr) return base::Ok{};
    if (refused->name == "frame.number")
        return base::Error{"'frame.number' counts the packets of one capture, and this is many"};
    return base::Error{fmt::format(
        "'{}' is what a conversation tells, not a packet; --flows '{} ...' takes the packets of "
        "flows that fit",
        refused->name, refused->name)};
}

}  // namespace baleen::cli
