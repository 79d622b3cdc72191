#include "control/live/run_watch.h"

#include <algorithm>

namespace baleen::live {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

ThreadStatus status_of(std::string name, const stats::WorkerStats& thread) {
    ThreadStatus status{.name = std::move(name),
                        .flows_active = thread.flows_active.load(relaxed),
                        .clock_ns = thread.clock_ns.load(relaxed)};
    base::read_counts(thread, status.counts);
    return status;
}

bool has_counted(const ThreadStatus& thread) {
    return std::any_of(thread.counts.begin(), thread.counts.end(),
                       [](uint64_t count) { return count != 0; });
}

RingStatus status_of(const ring::RingView& ring) {
    RingStatus out;
    if (ring.header == nullptr) return out;
    const ring::SegmentHeader& header = *ring.header;
    out.written_frames = header.frames_written.load(relaxed);
    out.consumed_frames = header.frames_consumed.load(relaxed);
    out.dropped_frames = header.frames_dropped.load(relaxed);
    out.capacity_bytes = ring.capacity_bytes;
    // The tail first: it never passes a head that is read later.
    const uint64_t tail = header.tail_bytes.load(std::memory_order_acquire);
    const uint64_t head = header.head_bytes.load(std::memory_order_acquire);
    out.waiting_bytes = std::min(head - tail, ring.capacity_bytes);
    return out;
}

void add_rings(const std::vector<RingStatus>& rings, RunStatus& run) {
    bool empty = true;
    for (const RingStatus& ring : rings) {
        run.ledger.records_consumed += ring.consumed_frames;
        if (ring.written_frames > ring.consumed_frames)
            run.ledger.records_in_rings += ring.written_frames - ring.consumed_frames;
        empty &= ring.waiting_bytes == 0;
    }
    run.imbalances = run.ledger.imbalances(run.end_ns != 0 && empty && !run.is_attached).size();
    run.rings = rings;
}

}  // namespace

base::Status RunWatch::begin(const ring::Attachment& attachment) {
    auto stats = ring::open_stats(attachment.stats.get());
    if (!stats) return stats.error();
    std::vector<ring::RingView> rings;
    for (const base::FileDescriptor& fd : attachment.rings) {
        auto view = ring::open_ring(fd.get());
        rings.push_back(view ? std::move(*view) : ring::RingView{});
    }
    const std::lock_guard lock(mutex_);
    stats_ = std::move(*stats);
    rings_ = std::move(rings);
    is_attached_ = true;
    is_recalled_ = false;
    return base::Ok{};
}

void RunWatch::end() {
    const std::lock_guard lock(mutex_);
    last_rings_ = read_rings();
    rings_.clear();
    is_attached_ = false;
}

base::Status RunWatch::keep(const std::string& directory) const {
    const std::lock_guard lock(mutex_);
    if (stats_.segment == nullptr) return base::Ok{};
    return save_last_run(directory, *stats_.segment, last_rings_);
}

void RunWatch::recall(LastRun run) {
    const std::lock_guard lock(mutex_);
    stats_ = std::move(run.stats);
    last_rings_ = std::move(run.rings);
    is_recalled_ = true;
}

std::vector<RingStatus> RunWatch::read_rings() const {
    if (!is_attached_) return last_rings_;
    std::vector<RingStatus> out;
    for (const ring::RingView& ring : rings_) out.push_back(status_of(ring));
    return out;
}

std::optional<RunStatus> RunWatch::read() const {
    const std::lock_guard lock(mutex_);
    if (stats_.segment == nullptr) return std::nullopt;
    const stats::Segment& segment = *stats_.segment;
    RunStatus run;
    run.run_id = segment.header.run_id;
    run.is_attached = is_attached_;
    run.is_recalled = is_recalled_;
    run.is_live = segment.header.is_live != 0;
    run.start_ns = segment.header.start_ns;
    run.end_ns = segment.header.end_ns.load(relaxed);
    // The segment is another process's memory: its own counts are not trusted as bounds.
    const uint32_t workers = std::min(segment.header.worker_count, limits::worker_count_max);
    for (uint32_t i = 0; i < workers; i++)
        run.workers.push_back(status_of(std::to_string(i), segment.workers[i]));
    if (workers < segment.workers.size())
        if (auto last = status_of("distributor", segment.workers[workers]); has_counted(last))
            run.workers.push_back(std::move(last));
    for (uint32_t i = 0; i < segment.writers.size(); i++)
        if (auto writer = status_of(std::to_string(i), segment.writers[i]); has_counted(writer))
            run.writers.push_back(std::move(writer));
    base::add_statistics(segment, run.ledger);
    add_rings(read_rings(), run);
    return run;
}

}  // namespace baleen::live
