// One packet in one line, for people and as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "packet/batch.h"

namespace baleen::packet {

// A packet with what the parser found out about it.
struct Parsed {
    const Packet& packet;
    Verdict verdict;
    const FlowKey& key;
    const Layers& layers;
    const Outer& outer;
};

// "2023-11-14 22:13:20.000001 10.0.0.1:1024 > 172.16.3.1:40053 TCP SYN seq 1 win 65535 len 0 (60
// bytes) vlan 10"
void append_summary(std::string& out, const Parsed& parsed);

// The same facts as one JSON object, EVE names where EVE has them. `number` counts from 1.
void append_summary_json(std::string& out, const Parsed& parsed, uint64_t number);

}  // namespace baleen::packet
