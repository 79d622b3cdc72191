// Who talked to whom in the last minute, hour or day, kept up with every record.
//
// Time is the records' own, so that a replayed capture gives the same graph as the wire did: when
// a flow was told, which is its last packet, or the idle timeout later where it ended by that. A
// window ends with the newest record. A record that comes late goes to its bucket; if that is gone
// already, it is counted as late in that window.
//
// take() is called by the one thread that ingests; commit() adds the batch under a lock that
// readers share. Memory is bounded: when it is used up, the smaller half of the hosts becomes part
// of `others`, with their sums.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "baleen/record.h"
#include "base/result.h"
#include "control/graph/channel_table.h"
#include "control/graph/shape.h"
#include "control/graph/window.h"
#include "record/sink.h"

namespace baleen::graph {

// "1m", "24h": lengths as the configuration has them.
base::Result<std::vector<int64_t>> parse_windows(const std::vector<std::string>& texts);

struct LiveGraphOptions {
    std::vector<int64_t> windows_ns;      // base::duration_off: all that has ever been
    int64_t idle_timeout_ns = 0;          // of the flows; 0: each counts at its last packet
    uint64_t memory_bytes = 64ull << 20;  // without the batch that is being taken
    uint64_t seed = 0;                    // 0: random
};

struct LiveGraphCounters {
    uint64_t records = 0;
    uint64_t restarts = 0;  // time went back for good, and everything began anew
    uint64_t folds = 0;
    uint64_t folded_hosts = 0;
    uint64_t channels = 0;
    uint64_t memory_bytes = 0;
    std::vector<uint64_t> late;  // by window
};

class LiveGraph final : public record::Sink {
public:
    explicit LiveGraph(LiveGraphOptions options);

    void take(const record::FlowRecord& record) override;
    void commit() override;
    void roll_back() override { batch_.clear(); }

    // What a window holds. From any thread.
    Graph snapshot(size_t window, const ShapeOptions& options) const;
    LiveGraphCounters counters() const;
    const std::vector<int64_t>& windows_ns() const { return options_.windows_ns; }

private:
    struct Update {
        ChannelKey key;
        uint32_t hash;
        int64_t first_ns, last_ns, told_ns;
        Sums sums;
    };
    void apply(const Update& update);
    void begin_anew();
    uint64_t memory_bytes() const;
    void keep_within_memory();
    uint64_t fold_half();

    const LiveGraphOptions options_;
    std::vector<Update> batch_;

    mutable std::mutex mutex_;  // of all below
    ChannelTable table_;
    std::vector<Window> windows_;
    LiveGraphCounters counters_;
    uint64_t late_everywhere_ = 0;  // records in a row
};

}  // namespace baleen::graph
