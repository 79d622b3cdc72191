// What a rule may ask of a packet's headers (rules/header_test.h), read from the packet.
//
// Must hold: no byte beyond the captured ones is read. A header or a field that the packet does not
// have, or that was not captured, fails every test of it.
#pragma once

#include <cstdint>
#include <optional>

#include "baleen/ruleset.h"
#include "packet/batch.h"

namespace baleen::match {

class HeaderFields {
public:
    HeaderFields(const packet::Packet& packet, const packet::Layers& layers,
                 const packet::FlowKey& key)
        : packet_(packet), layers_(layers), key_(key) {}

    bool pass(const ruleset::HeaderTest& test) const;

private:
    std::optional<uint64_t> value(ruleset::Field field) const;
    std::optional<uint64_t> ipv4_value(ruleset::Field field) const;
    std::optional<uint64_t> tcp_value(ruleset::Field field) const;
    std::optional<uint64_t> icmp_value(ruleset::Field field) const;
    std::optional<uint64_t> bits(ruleset::BitsWord word) const;
    uint64_t payload_bytes() const;
    bool has_ip_option(const ruleset::HeaderTest& test) const;

    bool is_v4() const { return key_.ip_version == 4; }
    bool is_transport(uint8_t protocol) const {
        return key_.protocol == protocol && layers_.fragment != packet::FragmentKind::later &&
               layers_.l4_offset != 0;
    }
    // Big-endian, `offset` bytes behind where a header begins.
    template <class T>
    std::optional<uint64_t> load(uint32_t header, uint32_t offset) const;

    const packet::Packet& packet_;
    const packet::Layers& layers_;
    const packet::FlowKey& key_;
};

}  // namespace baleen::match
