// Runs a batch through every build of the parser that this CPU can run, and says where one differs
// from the scalar reference. For tests and fuzzers.
//
// Each packet's bytes end at a page that can't be read, so one byte too far is seen without a
// sanitizer as well. Lanes behind the last packet hold one whose bytes are gone, as after a burst
// that was longer, and what the parser writes is filled with rubbish before.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>

#include "packet/parse_kernel.h"
#include "tests/support/guarded_bytes.h"

namespace baleen::test {

class KernelComparison {
public:
    KernelComparison();

    // The next lane. `wire_length` 0: as captured. At most packet_bytes_max are kept.
    void add(std::span<const uint8_t> bytes, uint32_t wire_length = 0,
             packet::LinkType link = packet::LinkType::ethernet);
    // So many since the last run.
    uint32_t count() const { return begins_ ? 0 : expected_->count; }
    bool is_full() const { return count() == packet::lane_count; }

    // Parses what was added and begins anew. Empty: all kernels agree.
    std::string run(const packet::ParseOptions& options);

    // What the reference said of the last run.
    const packet::Batch& expected() const { return *expected_; }
    const packet::Notes& expected_notes() const { return expected_notes_; }

    // As many as a jumbo frame and a captured offload packet have.
    static constexpr size_t packet_bytes_max = 72 * 1024;

private:
    std::string run_kernel(const packet::ParseKernel& kernel, const packet::ParseOptions& options);

    std::array<std::unique_ptr<GuardedBytes>, packet::lane_count> slots_;
    std::unique_ptr<packet::Batch> expected_;
    std::unique_ptr<packet::Batch> actual_;
    packet::Notes expected_notes_{};
    bool begins_ = true;
};

}  // namespace baleen::test
