#include "cli/ndr/find_rates.h"

#include <algorithm>
#include <map>

#include "cli/ndr/rate_search.h"

namespace baleen::cli::ndr {
namespace {

// Trials by rate. Both searches halve from the same greatest rate, so the second one meets the
// rates of the first until they part, and takes their trials.
class Trials {
public:
    Trials(const RunTrial& run_trial, uint32_t tries, std::vector<Trial>& log)
        : run_trial_(run_trial), tries_(tries), log_(log) {}

    // Whether one of the tries at a rate loses no more than that.
    base::Result<bool> passes(double rate, double loss_allowed) {
        At& at = by_rate_[rate];
        while (at.tries < tries_ && (at.tries == 0 || at.best.loss() > loss_allowed)) {
            auto trial = run_trial_(rate);
            if (!trial) return trial.error();
            if (at.tries == 0 || trial->loss() < at.best.loss()) at.best = *trial;
            at.tries++;
            log_.push_back(*trial);
        }
        return at.best.loss() <= loss_allowed;
    }

    // Of the lowest rate whose best trial lost packets.
    std::string_view first_loss() const {
        for (const auto& [rate, at] : by_rate_)
            if (at.best.lost() > 0) return at.best.worst_place();
        return {};
    }

private:
    struct At {
        uint32_t tries = 0;
        Trial best;
    };
    const RunTrial& run_trial_;
    const uint32_t tries_;
    std::vector<Trial>& log_;
    std::map<double, At> by_rate_;
};

base::Result<double> search(Trials& trials, double rate_max, double resolution,
                            double loss_allowed) {
    RateSearch search(rate_max, resolution);
    while (const auto rate = search.next()) {
        const auto passed = trials.passes(*rate, loss_allowed);
        if (!passed) return passed.error();
        search.tell(*rate, *passed);
    }
    return search.found();
}

}  // namespace

base::Result<Found> find_rates(const RunTrial& run_trial, const SearchOptions& options) {
    Found found;
    const auto first = run_trial(0);
    if (!first) return first.error();
    if (first->sent == 0) return base::Error{"the generator has sent nothing in the first trial"};
    found.max_packets_per_s = first->sent_packets_per_s();
    found.trials.push_back(*first);
    Trials trials(run_trial, options.tries, found.trials);
    const auto ndr = search(trials, found.max_packets_per_s, options.resolution, 0);
    if (!ndr) return ndr.error();
    const auto pdr =
        search(trials, found.max_packets_per_s, options.resolution, options.loss_allowed);
    if (!pdr) return pdr.error();
    found.ndr_packets_per_s = *ndr;
    found.pdr_packets_per_s = *pdr;
    found.first_loss = trials.first_loss();
    return found;
}

}  // namespace baleen::cli::ndr
