// Receive-side scaling that keeps both directions of a flow on one queue: what a port is asked for,
// and the proof that it does it.
//
// Why this key: the Toeplitz hash takes, for each bit set in the input, 32 bits of the key from
// that bit's place on. A key of period 16 gives two words that change places the same windows,
// hence the same hash for both directions (Woo and Park, "Scalable TCP Session Monitoring with
// Symmetric Receive-side Scaling", 2012).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "drivers/ethdev/queue_steering.h"

struct rte_eth_conf;
struct rte_eth_dev_info;

namespace baleen::drivers {

// Bytes that the longest input needs: 9 words, and one more for the last word's windows.
inline constexpr size_t rss_key_bytes_min = 40;

std::vector<uint8_t> symmetric_key(size_t bytes);

// RTE_ETH_RSS_... to ask for, of those `offered`: by addresses ("ip") or by ports as well
// ("ports"). 0: the driver cannot, and `reason` says why.
uint64_t rss_types(std::string_view driver, std::string_view fields, uint64_t offered,
                   std::string& reason);

// Adds RSS by `types` to a port's configuration. `key` is kept by the caller until it is applied.
void ask_for_rss(rte_eth_conf& configuration, uint64_t types, std::vector<uint8_t>& key);

// Spreads the hashes over the queues of a started port, reads back what it has been given, and
// proves it. An error says why both directions of a flow may part.
base::Result<QueueSteering> prove_rss(uint16_t port_id, uint64_t types, uint16_t queue_count);

// The proof itself, over test vectors of IPv4 and IPv6, with and without ports: both directions
// hash alike, and every queue gets its share.
base::Status prove_steering(const QueueSteering& steering, uint64_t types, uint16_t queue_count);

}  // namespace baleen::drivers
