// Keyed symmetric hashes: one of the whole flow key for the table, one of the host pair for the
// choice of a worker.
//
// Why keyed: an attacker who knows the function could send flows that all meet in one bucket. The
// key is random per start unless configured. Why this function: two 64 x 64 -> 128 bit
// multiplications for the endpoints, one to finish, no tables: about eight cycles a packet. Each
// endpoint is mixed before the two are added, so neither swapping the endpoints (wanted) nor
// swapping their ports or halves (not wanted) is all that an attacker needs. Why host pairs choose
// the worker: later fragments have no ports, yet must meet the flow of their first one.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/multiply_fold.h"
#include "packet/batch.h"

namespace baleen::packet {

struct HashKey {
    std::array<uint64_t, 4> words;
};

// For what must come out the same in every run: flow ids. First 256 bits of the fraction of pi.
inline constexpr HashKey fixed_hash_key = {
    {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}};

namespace detail {

inline uint64_t hash_endpoint(const std::array<uint8_t, 16>& address, uint16_t port,
                              const HashKey& key) {
    uint64_t high, low;
    std::memcpy(&high, address.data(), 8);
    std::memcpy(&low, address.data() + 8, 8);
    return base::multiply_fold(high ^ key.words[0] ^ (uint64_t{port} << 24), low ^ key.words[1]);
}

}  // namespace detail

// Equal for both directions of a flow.
inline uint64_t hash_flow(const FlowKey& flow, const HashKey& key) {
    uint64_t rest;
    static_assert(offsetof(FlowKey, vlan_ids) == 36 && offsetof(FlowKey, ports_absent) == 42);
    std::memcpy(&rest, flow.vlan_ids.data(), 8);  // VLAN ids, protocol, version, ports_absent, 0
    const uint64_t endpoints = detail::hash_endpoint(flow.src, flow.src_port, key) +
                               detail::hash_endpoint(flow.dst, flow.dst_port, key);
    return base::multiply_fold(endpoints ^ key.words[2], rest ^ key.words[3]);
}

// Equal for everything that two hosts send each other.
inline uint64_t hash_host_pair(const FlowKey& flow, const HashKey& key) {
    const uint64_t endpoints =
        detail::hash_endpoint(flow.src, 0, key) + detail::hash_endpoint(flow.dst, 0, key);
    return base::multiply_fold(endpoints ^ key.words[2], key.words[3]);
}

inline void hash_batch(Batch& batch, const HashKey& key) {
    for (uint32_t lane = 0; lane < batch.count; lane++)
        batch.hashes[lane] = hash_flow(batch.keys[lane], key);
}

}  // namespace baleen::packet
