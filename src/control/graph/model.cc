#include "control/graph/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "record/names.h"

namespace baleen::graph {

bool is_ipv4(const Address& address) {
    static constexpr std::array<uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(address.data(), mapped.data(), mapped.size()) == 0;
}

std::string name_of(const NodeKey& key) {
    const uint8_t version = is_ipv4(key.address) ? 4 : 6;
    switch (key.kind) {
        case NodeKind::others: return "others";
        case NodeKind::host: return record::format_address(key.address.data(), version);
        case NodeKind::subnet:
            return fmt::format("{}/{}", record::format_address(key.address.data(), version),
                               key.prefix_bits);
        case NodeKind::autonomous_system: {
            uint32_t number = 0;
            for (size_t i = 12; i < 16; i++) number = number << 8 | key.address[i];
            return number == 0 ? "AS unknown" : fmt::format("AS{}", number);
        }
    }
    return {};
}

std::string name_of(const Service& service) {
    std::string name(record::protocol_name(service.protocol));
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (name.empty()) name = fmt::format("{}", service.protocol);
    return service.port == 0 ? name : fmt::format("{}/{}", name, service.port);
}

void Sums::add(const Sums& other) {
    for (size_t i = 0; i < 2; i++) {
        packets[i] += other.packets[i];
        bytes[i] += other.bytes[i];
        flows[i] += other.flows[i];
    }
    records += other.records;
}

void Sums::subtract(const Sums& other) {
    for (size_t i = 0; i < 2; i++) {
        packets[i] -= other.packets[i];
        bytes[i] -= other.bytes[i];
        flows[i] -= other.flows[i];
    }
    records -= other.records;
}

Sums Sums::reversed() const {
    Sums out = *this;
    std::swap(out.packets[0], out.packets[1]);
    std::swap(out.bytes[0], out.bytes[1]);
    std::swap(out.flows[0], out.flows[1]);
    return out;
}

Sums Graph::total() const {
    Sums sums;
    for (const Edge& edge : edges) sums.add(edge.sums);
    return sums;
}

std::optional<uint32_t> Graph::find(const NodeKey& key) const {
    const auto at =
        std::lower_bound(nodes.begin(), nodes.end(), key,
                         [](const Node& node, const NodeKey& k) { return node.key < k; });
    if (at == nodes.end() || at->key != key) return std::nullopt;
    return static_cast<uint32_t>(at - nodes.begin());
}

}  // namespace baleen::graph
