// The one place that knows igraph (GPL-2 or later: docs/licences.md), as it is at 0.10; its
// interface changed at 1.0.
#pragma once

#include "base/result.h"
#include "control/graph/metrics.h"

namespace baleen::graph {

// One thread, the same answer for the same request.
base::Result<MetricsAnswer> compute_metrics(const MetricsRequest& request);

}  // namespace baleen::graph
