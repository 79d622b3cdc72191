#include "dissect/fragment_linker.h"

#include "packet/flow_hash.h"

namespace baleen::dissect {

FragmentLinker::FragmentLinker()
    : counters_(std::make_unique<dataplane::Counters>()),
      fragments_(std::make_unique<flow::FragmentTable>(datagram_count, timeout_ns,
                                                       packet::fixed_hash_key, *counters_)) {}

}  // namespace baleen::dissect
