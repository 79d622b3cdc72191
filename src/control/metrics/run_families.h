// Metrics of a run of the data plane: its ledger, workers, ports and rings.
#pragma once

#include "control/metrics/families.h"
#include "control/metrics/status.h"

namespace baleen::metrics {

void add_run(const live::RunStatus& run, Families& to);
void add_ledger(const base::Ledger& ledger, Families& to);
void add_threads(const live::RunStatus& run, Families& to);
void add_ports(const live::RunStatus& run, Families& to);
void add_rings(const std::vector<live::RingStatus>& rings, Families& to);

}  // namespace baleen::metrics
