// The writer: takes chunks from the workers, has them written, keeps the past, and answers those
// who want packets out of it.
//
// Owns: a thread's work. It may wait and call the system; workers never wait for it, for they have
// memory of their own and leave packets out when that is full.
// Must hold: a chunk goes back to its worker only after it has been written, or given up at an end
// by force; every packet that a worker has handed over is counted as one or the other.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "baleen/stats.h"
#include "dataplane/capture/capturer.h"
#include "dataplane/capture/history.h"
#include "dataplane/capture/output.h"
#include "dataplane/capture/past.h"
#include "dataplane/counters.h"
#include "dataplane/run_control.h"

namespace baleen::capture {

class Writer {
public:
    // `workers`: the memory of those whose chunks this one writes; theirs, and outlives it.
    static base::Result<std::unique_ptr<Writer>> create(std::vector<const CaptureMemory*> workers,
                                                        const CaptureSettings& settings,
                                                        std::unique_ptr<Output> output,
                                                        const Interfaces& interfaces,
                                                        int64_t give_up_after_ns,
                                                        stats::WorkerStats& stats);

    // Until all workers have closed their streams and all is written, or the run is aborted.
    void run(const dataplane::RunControl& control);

    // Any thread.
    void add_trigger(std::shared_ptr<const Trigger> trigger);
    bool has_history() const { return !histories_.empty(); }
    std::vector<std::string> take_notices();

private:
    Writer(std::vector<const CaptureMemory*> workers, const CaptureSettings& settings,
           std::unique_ptr<Output> output, int64_t give_up_after_ns, stats::WorkerStats& stats);

    bool take_chunks();
    bool take_written();
    bool take_triggers(int64_t now_ns);
    bool search(int64_t now_ns);
    int64_t settle_ns() const;
    void recycle();
    void count(const SealedChunk& chunk, bool written);
    void publish(bool now);
    bool are_workers_done() const;
    bool are_histories_drained() const;
    bool wind_up(int64_t now);
    void give_up_rest();
    History* history_of(const SealedChunk& chunk);

    const std::vector<const CaptureMemory*> workers_;
    const CaptureSettings settings_;
    const int64_t give_up_after_ns_;
    std::unique_ptr<Output> output_;
    stats::WorkerStats& stats_;
    dataplane::Counters counters_;
    std::unique_ptr<Past> past_;
    std::vector<History> histories_;   // of each worker, in their order; none: there is no history
    std::vector<ChunkPool*> written_;  // whose chunks are to be written
    uint64_t outstanding_ = 0;         // chunks submitted and not done
    int64_t published_ns_ = 0;
    int64_t deadline_ns_ = 0;  // of a disk that refuses when the workers have ended; 0: they go on
    bool is_finishing_ = false;

    std::mutex mutex_;  // of what other threads bring and take
    std::vector<std::shared_ptr<const Trigger>> offered_;
    std::vector<std::string> notices_;
};

}  // namespace baleen::capture
