// What benchmarks on captures have in common: a worker's settings as they are without a
// configuration, and the flows of a capture.
#pragma once

#include <vector>

#include "dataplane/worker_settings.h"
#include "drivers/synth/capture_loop.h"

namespace baleen::measure {

dataplane::WorkerSettings worker_settings(const packet::ParseKernel& kernel, uint64_t seed,
                                          uint64_t capacity);

// Flows of a share of a capture, by the hash of their keys; and who gets a packet.
class Divider {
public:
    explicit Divider(uint32_t workers) : hashes_(workers) {}

    uint32_t worker_of(const packet::Packet& packet);
    // Of the packets asked for so far.
    uint64_t flows_of(uint32_t worker);

private:
    std::vector<std::vector<uint64_t>> hashes_;
};

}  // namespace baleen::measure
