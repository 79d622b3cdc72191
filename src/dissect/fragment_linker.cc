#include "dissect/fragment_linker.h"

#include "packet/flow_hash.h"

namespace baleen::dissect {
namespace {

// As PacketDissector has them.
constexpr uint64_t datagram_count = 4096;
constexpr int64_t timeout_ns = 30'000'000'000;

}  // namespace

FragmentLinker::FragmentLinker()
    : counters_(std::make_unique<dataplane::Counters>()),
      fragments_(std::make_unique<flow::FragmentTable>(datagram_count, timeout_ns,
                                                       packet::fixed_hash_key, *counters_)) {}

}  // namespace baleen::dissect
