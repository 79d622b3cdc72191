// Sources of metrics in which everything is there, so that every metric is told.
#pragma once

#include <string>

#include "control/metrics/status.h"

namespace baleen::test {

// Two workers behind a distributor, a writer, two ports that are up and down, of files if not
// `is_live`. All counters differ.
metrics::Sources sample_sources(bool is_live = true);

// A row for each metric, as docs/metrics.md has it.
std::string metrics_table();

}  // namespace baleen::test
