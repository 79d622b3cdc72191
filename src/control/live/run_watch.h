// The shared memory of the run that goes on, for those who ask what it has counted.
//
// Must hold: any thread may ask. After the end the last values stay until the next run begins, but
// the rings' memory, which may be gigabytes, is given back.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "control/live/last_run.h"
#include "control/live/run_status.h"
#include "ring/attach.h"
#include "ring/segment.h"

namespace baleen::live {

class RunWatch {
public:
    // Maps the segments once more; the attachment's descriptors may be closed afterwards. A ring
    // that makes no sense is left out, and told by nobody but its reader.
    base::Status begin(const ring::Attachment& attachment);
    void end();

    // What has been counted, into a folder, once the data plane has gone.
    base::Status keep(const std::string& directory) const;
    // A run that was kept: until another begins.
    void recall(LastRun run);

    // Nothing before the first run.
    std::optional<RunStatus> read() const;

private:
    std::vector<RingStatus> read_rings() const;

    mutable std::mutex mutex_;
    ring::StatsView stats_;
    std::vector<ring::RingView> rings_;
    std::vector<RingStatus> last_rings_;
    bool is_attached_ = false;
    bool is_recalled_ = false;
};

}  // namespace baleen::live
