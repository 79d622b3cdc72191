// The capture filter as machine code: what packet/capture_filter.h compiles, put through DPDK's
// rte_bpf, with libpcap's interpreter where that is not possible.
//
// Why: libpcap interprets its programs, instruction by instruction, for every packet of the wire;
// bench/filter_bench.cc has both.
// Must hold: decides as libpcap does, for any packet, cut at any byte.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "packet/batch.h"
#include "packet/capture_filter.h"

struct rte_bpf;

namespace baleen::dataplane {

class FilterJit {
public:
    // Everything passes.
    FilterJit() = default;

    // `notice`: what runs the filter, and why not machine code; empty without a filter. No DPDK
    // environment is needed.
    FilterJit(packet::CaptureFilter filter, std::string& notice);

    bool accepts(const packet::Packet& packet) const;

    // Changes the verdict of refused lanes to filtered.
    void apply_batch(packet::Batch& batch) const;

private:
    struct Destroy {
        void operator()(rte_bpf* program) const;
    };
    struct Compiled {
        packet::LinkType link;
        std::unique_ptr<rte_bpf, Destroy> program;
        uint64_t (*run)(void* mbuf);
    };

    packet::CaptureFilter filter_;
    std::vector<Compiled> compiled_;  // Ethernet first; link types that are missing are interpreted
};

}  // namespace baleen::dataplane
