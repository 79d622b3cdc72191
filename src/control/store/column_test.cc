#include "control/store/column_test.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "baleen/record.h"
#include "filter/node.h"

namespace baleen::store {
namespace {

using filter::FieldType, filter::Literal, filter::Node, filter::Operator;
using record::FlowRecord;
using Alternative = ColumnTest::Alternative;
using Condition = ColumnTest::Condition;

// More are no cheaper than the rows themselves.
constexpr size_t alternatives_max = 16;

constexpr size_t protocol_at = offsetof(FlowRecord, protocol);
constexpr size_t no_place = SIZE_MAX;

// Where a field's values are, first the initiator's. A field may ask for more, such as a protocol.
struct Places {
    std::string_view field;
    size_t first;
    size_t second = no_place;
};
constexpr size_t from_address = offsetof(FlowRecord, initiator_address);
constexpr size_t to_address = offsetof(FlowRecord, responder_address);
constexpr size_t from_port = offsetof(FlowRecord, initiator_port);
constexpr size_t to_port = offsetof(FlowRecord, responder_port);
constexpr Places known[] = {
    {"ip.addr", from_address, to_address},
    {"ip.src", from_address},
    {"ip.dst", to_address},
    {"ipv6.addr", from_address, to_address},
    {"ipv6.src", from_address},
    {"ipv6.dst", to_address},
    {"port", from_port, to_port},
    {"port.src", from_port},
    {"port.dst", to_port},
    {"tcp.port", from_port, to_port},
    {"tcp.srcport", from_port},
    {"tcp.dstport", to_port},
    {"udp.port", from_port, to_port},
    {"udp.srcport", from_port},
    {"udp.dstport", to_port},
    {"sctp.port", from_port, to_port},
    {"sctp.srcport", from_port},
    {"sctp.dstport", to_port},
    {"ip.proto", protocol_at},
};

// Those that are there for one protocol (IANA's numbers).
struct Presence {
    std::string_view field;
    uint8_t protocol;
};
constexpr Presence presences[] = {
    {"tcp", 6}, {"udp", 17}, {"sctp", 132}, {"icmp", 1}, {"icmpv6", 58}};

Alternative address_bytes(const Literal& literal, size_t place) {
    Alternative out;
    // The last bytes tell most: those in front are the same in most rows.
    for (size_t i = (literal.prefix_bits + 7) / 8; i > 0; i--) {
        const uint32_t bits = std::min<uint32_t>(literal.prefix_bits - 8 * uint32_t(i - 1), 8);
        const auto mask = static_cast<uint8_t>(0xff00 >> bits);
        const auto value = static_cast<uint8_t>(literal.address[i - 1] & mask);
        out.push_back({place + i - 1, mask, value});
    }
    return out;
}

// Little-endian, as the record is. Of a range those bytes that are the same in all of it.
Alternative number_bytes(const Literal& literal, size_t place, size_t bytes) {
    Alternative out;
    for (size_t i = bytes; i > 0; i--) {
        const uint64_t low = literal.low >> 8 * (i - 1), high = literal.high >> 8 * (i - 1);
        if (low != high) break;
        out.push_back({place + i - 1, 0xff, static_cast<uint8_t>(low)});
    }
    std::ranges::reverse(out);
    return out;
}

Alternative bytes_of(const Node& node, const Literal& literal, size_t place) {
    if (node.field->type == FieldType::address) return address_bytes(literal, place);
    return number_bytes(literal, place, place == protocol_at ? 1 : sizeof(uint16_t));
}

// Nothing where it would let everything pass.
std::optional<Condition> condition_of_compare(const Node& node) {
    if (const auto* found = std::ranges::find(presences, node.field->name, &Presence::field);
        found != std::end(presences) && node.op == Operator::exists)
        return Condition{{{protocol_at, 0xff, found->protocol}}};
    const auto* places = std::ranges::find(known, node.field->name, &Places::field);
    if (places == std::end(known) || node.op != Operator::equal) return std::nullopt;
    Condition out;
    for (const Literal& literal : node.literals) {
        for (const size_t place : {places->first, places->second})
            if (place != no_place) out.push_back(bytes_of(node, literal, place));
        if (out.back().empty()) return std::nullopt;
    }
    return out;
}

void add_conditions(const Node& node, std::vector<Condition>& out);

// One of these: as one condition, if each is one.
std::optional<Condition> condition_of_any(const Node& node) {
    Condition out;
    for (const auto& child : node.children) {
        std::vector<Condition> conditions;
        add_conditions(*child, conditions);
        if (conditions.empty()) return std::nullopt;
        // Of several that must hold, one: fewer conditions let more pass.
        std::ranges::move(conditions.front(), std::back_inserter(out));
    }
    return out;
}

void add_conditions(const Node& node, std::vector<Condition>& out) {
    std::optional<Condition> condition;
    switch (node.kind) {
        case Node::Kind::all:
            for (const auto& child : node.children) add_conditions(*child, out);
            return;
        case Node::Kind::any: condition = condition_of_any(node); break;
        case Node::Kind::compare: condition = condition_of_compare(node); break;
        case Node::Kind::none: return;
    }
    if (condition && condition->size() <= alternatives_max) out.push_back(std::move(*condition));
}

}  // namespace

ColumnTest ColumnTest::of(const filter::Filter& filter) {
    ColumnTest test;
    if (filter.root() != nullptr) add_conditions(*filter.root(), test.conditions);
    return test;
}

}  // namespace baleen::store
