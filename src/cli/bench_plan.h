// Which cases `baleen bench pipeline` measures.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "measure/synth_case.h"

namespace baleen::cli {

// As on the command line; an empty list is one that was not given.
struct BenchPlan {
    std::vector<std::string> sizes, flows, new_flows, kernels;
    std::string rate = "14880952";
    bool sweep = false;
};

struct PlannedCase {
    std::string size;  // as it was asked for: "64", "imix"
    measure::SynthCase synth;
};

// Every combination of what was given. Without anything: a few that show the whole curve; with
// `sweep`: all combinations of the usual values of whatever was not given.
base::Result<std::vector<PlannedCase>> plan_cases(const BenchPlan& plan);

base::Result<std::vector<packet::ParseKernel>> plan_kernels(const BenchPlan& plan);

}  // namespace baleen::cli
