// One good packet of every encapsulation, with what the parser has to say of it.
//
// Why a table: the unit tests and the comparison with tshark (tools/parse-check) look at the same
// packets. Each carries UDP from 192.0.2.1:1000 to 198.51.100.2:2000, or from
// 2001:db8::1 to 2001:db8::2, unless it is about another protocol; its outermost addresses are
// 10.0.0.1 and 10.0.0.2, or fd00::1 and fd00::2.
#pragma once

#include <string>
#include <vector>

#include "packet/parser.h"
#include "tests/support/packet_builder.h"

namespace baleen::test {

struct GoldenPacket {
    std::string name;
    PacketBuilder::Bytes bytes;
    record::TunnelType tunnel = record::TunnelType::none;
    uint32_t tunnel_id = 0;
    uint8_t tunnel_depth = 0;
};

std::vector<GoldenPacket> golden_packets();

// With these all of them are opened: L2TPv3 is not by itself.
packet::ParseOptions golden_options();

}  // namespace baleen::test
