// Runs the data plane and the control process for a person, from start to summary.
//
// Why it attaches to the data plane itself: the statistics and the rings are shared memory, so the
// ledger can be drawn up to the last packet even if a child was killed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "baleen/ring_reader.h"
#include "base/ledger.h"
#include "cli/child.h"
#include "config/settings.h"
#include "ring/segment.h"

namespace baleen::cli {

// What a run amounted to.
struct RunResult {
    int exit_status = 0;
    base::Ledger ledger;
    double seconds = 0;       // the workers' time
    bool ended_well = false;  // every flow told, every ring read: the whole ledger must hold
};

class Supervisor {
public:
    // `output`: where both processes say what they have to say.
    explicit Supervisor(const config::Settings& settings, ChildOutput output = {})
        : settings_(settings), output_(output) {}

    // `progress` is called several times a second while packets come.
    using Progress = std::function<void(const stats::Segment&, const base::Ledger&)>;
    RunResult run(const Progress& progress);

private:
    base::Status start();
    base::Status start_control();
    void attach();
    void wait_for_events();
    void take_signals();
    void look_after_control();
    bool finished() const;
    void clean_up() const;
    RunResult result() const;
    base::Ledger ledger() const;

    const config::Settings settings_;
    const ChildOutput output_;
    std::string socket_name_;
    base::FileDescriptor configuration_;  // memfd with the effective settings
    base::FileDescriptor signals_;
    std::optional<Child> dataplane_;
    std::optional<Child> control_;
    int control_restarts_ = 0;
    int control_status_ = 0;
    int stop_requests_ = 0;

    ring::StatsView stats_;
    std::vector<ring::Reader> rings_;  // only looked at
    base::FileDescriptor connection_;
};

}  // namespace baleen::cli
