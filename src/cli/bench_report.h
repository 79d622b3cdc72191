// Results of `baleen bench pipeline`, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "measure/figures.h"
#include "measure/synth_case.h"

namespace baleen::cli {

struct MeasuredCase {
    std::string size;    // "64", "imix", "capture"
    std::string kernel;  // of the parser
    uint64_t flows;
    uint64_t new_flows_per_s;
    uint64_t packets_per_s;  // by the packets' own time; 0: a capture's
    uint32_t workers;
    measure::Figures figures;
};

void print_bench_head(const measure::Effort& effort);
void print_bench_row(const MeasuredCase& measured);
void print_bench_json(const std::vector<MeasuredCase>& cases, const measure::Effort& effort);

}  // namespace baleen::cli
