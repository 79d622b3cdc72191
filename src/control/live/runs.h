// The run of the data plane that the control process is attached to, as other threads may look at
// it: its statistics and how full its rings are. What the last run has counted stays until the next
// one begins.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "baleen/ring_reader.h"
#include "base/ledger.h"
#include "base/result.h"
#include "ring/attach.h"
#include "ring/segment.h"

namespace baleen::live {

// Never changes itself; what it shows does.
class RunView {
public:
    static base::Result<std::shared_ptr<const RunView>> open(const ring::Attachment& attachment);

    uint64_t run_id() const { return run_id_; }
    const stats::Segment& segment() const { return *stats_.segment; }
    const std::vector<ring::Reader>& rings() const { return rings_; }  // only looked at
    uint32_t worker_count() const;
    // The workers have ended, all flows have been told.
    bool has_ended() const;
    base::Ledger ledger() const;

private:
    uint64_t run_id_ = 0;
    ring::StatsView stats_;
    std::vector<ring::Reader> rings_;
};

class Runs {
public:
    void begin(std::shared_ptr<const RunView> run);
    // The data plane has gone.
    void end();

    struct Now {
        std::shared_ptr<const RunView> run;  // none: there has been none
        bool is_attached = false;
    };
    Now now() const;

private:
    mutable std::mutex mutex_;
    Now now_;
};

}  // namespace baleen::live
