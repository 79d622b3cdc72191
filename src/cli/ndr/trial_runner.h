// Runs one trial: a capture and a generator as processes of their own, and reads what they say of
// it.
//
// A capture for each trial: its ledger is whole only when it has ended, and no trial finds the
// flows, the queues or the losses of the one before.
#pragma once

#include <csignal>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/child.h"
#include "cli/ndr/pair.h"
#include "cli/ndr/trial.h"

namespace baleen::cli::ndr {

struct TrialOptions {
    double seconds = 2;
    std::vector<std::string> generator_arguments;  // what to send
    std::vector<std::string> capture_arguments;    // beside device, ledger and store
};

class TrialRunner {
public:
    // `interrupted` ends a trial as failed. Both outlive the runner, as does `folder`, for files.
    TrialRunner(const Pair& pair, std::string folder, TrialOptions options,
                const volatile std::sig_atomic_t& interrupted)
        : pair_(pair),
          folder_(std::move(folder)),
          options_(std::move(options)),
          interrupted_(interrupted) {}

    base::Result<Trial> run(double packets_per_s) const;

private:
    base::Result<Child> start(const std::string& name, std::vector<std::string> arguments) const;
    base::Status wait_for_capture(Child& capture) const;
    base::Status wait_for_end(Child& child, const std::string& name, double seconds_max) const;
    base::Result<Trial> read_results(double packets_per_s) const;
    std::string last_words(const std::string& name) const;
    std::string path(const std::string& file) const { return folder_ + "/" + file; }

    const Pair& pair_;
    const std::string folder_;
    const TrialOptions options_;
    const volatile std::sig_atomic_t& interrupted_;
};

}  // namespace baleen::cli::ndr
