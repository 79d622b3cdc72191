// What counters of counters.def are called as metrics.
//
// Owns: the rule, so that a new counter has a name by itself.
//   Most terms say what became of packets, flows or frames, each of which has one fate: one family,
//   whose label `cause` tells them apart and whose sum means something
//   (baleen_malformed_packets_total).
//   Counters of the other terms are about different things, or parts of one another: a family each,
//   baleen_match_hits_total.
// The unit is left out where the name has it already.
#pragma once

#include <string>

#include "base/ledger.h"

namespace baleen::metrics {

bool is_told_by_cause(const base::CounterInfo& counter);
std::string metric_name(const base::CounterInfo& counter);

}  // namespace baleen::metrics
