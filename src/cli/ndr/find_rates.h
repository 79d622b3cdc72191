// No-drop rate, partial-drop rate and the place of the first loss, by trials at different rates.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/ndr/trial.h"

namespace baleen::cli::ndr {

struct SearchOptions {
    double loss_allowed = 0.001;  // of the partial-drop rate, as a part of the packets offered
    double resolution = 0.01;
    // A rate fails when so many trials in a row do. RFC 2544 has one; on a machine that is shared
    // with others a trial may fail for their sake.
    uint32_t tries = 1;
};

struct Found {
    double max_packets_per_s = 0;  // sent in the first trial, without a rate
    double ndr_packets_per_s = 0;
    double pdr_packets_per_s = 0;
    // Of the lowest rate that lost packets; empty: none did.
    std::string_view first_loss;
    std::vector<Trial> trials;
};

// A trial at a rate; 0: as fast as it goes.
using RunTrial = std::function<base::Result<Trial>(double packets_per_s)>;

base::Result<Found> find_rates(const RunTrial& run_trial, const SearchOptions& options);

}  // namespace baleen::cli::ndr
