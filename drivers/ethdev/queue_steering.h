// Which of its queues a port gives a packet to, as far as that is known.
//
// Why: a worker may own a queue only if both directions of a flow come to that queue. That is a
// property of the function below, which is read back from the port, proven at start, and compared
// with where packets really arrive while the run goes on.
#pragma once

#include <cstdint>
#include <vector>

namespace baleen::drivers {

struct QueueSteering {
    enum class Function : uint8_t {
        unknown,   // hash in software, behind a distributor
        toeplitz,  // RSS: the port's hash over `types`, with `key`
        fanout,    // the kernel's AF_PACKET fanout with our program (af_packet_fanout.h)
    };

    Function function = Function::unknown;
    uint64_t types = 0;           // RTE_ETH_RSS_...: what is hashed, and whether with ports
    std::vector<uint8_t> key;     // as the port has it
    std::vector<uint16_t> table;  // queue of each hash, modulo the size of the table

    // Two ports steer alike when these are equal: then a flow whose directions come in on
    // different ports meets itself on queues of the same number.
    bool operator==(const QueueSteering&) const = default;

    static constexpr uint32_t queue_unknown = UINT32_MAX;
    // Where a frame should arrive by its outermost addresses. Unknown for what ports treat in
    // different ways: more than one VLAN tag, IPv6 extension headers, MPLS, not IP.
    uint32_t queue_of(const uint8_t* frame, uint32_t length) const;
};

// What a packet is hashed by: 32-bit words in host order, source and destination in turn.
struct HashInput {
    uint32_t words[9];
    uint32_t count = 0;  // 0: says nothing
};

// The hash of each function over its input. Toeplitz: Microsoft's RSS definition, "Hashing types".
uint32_t toeplitz_hash(const HashInput& input, const std::vector<uint8_t>& key);
uint32_t fanout_hash(const HashInput& input);

// Addresses of a frame, and ports where `types` has them hashed.
HashInput hash_input(const uint8_t* frame, uint32_t length, uint64_t types);

}  // namespace baleen::drivers
