#include "control/live/runs.h"

#include <algorithm>

namespace baleen::live {

base::Result<std::shared_ptr<const RunView>> RunView::open(const ring::Attachment& attachment) {
    auto stats = ring::open_stats(attachment.stats.get());
    if (!stats) return base::Error{"the statistics segment " + stats.error().message};
    auto run = std::make_shared<RunView>();
    run->run_id_ = attachment.run_id;
    run->stats_ = std::move(*stats);
    for (const base::FileDescriptor& fd : attachment.rings)
        run->rings_.push_back(ring::Reader::open(fd.get()));
    return std::shared_ptr<const RunView>(std::move(run));
}

uint32_t RunView::worker_count() const {
    return std::min(segment().header.worker_count, limits::worker_count_max);
}

bool RunView::has_ended() const {
    return segment().header.end_ns.load(std::memory_order_acquire) != 0;
}

base::Ledger RunView::ledger() const {
    base::Ledger ledger;
    base::add_statistics(segment(), ledger);
    for (const ring::Reader& ring : rings_) {
        if (!ring.is_open()) continue;
        ledger.records_consumed += ring.consumed_frames();
        ledger.records_in_rings += ring.written_frames() - ring.consumed_frames();
    }
    return ledger;
}

void Runs::begin(std::shared_ptr<const RunView> run) {
    const std::scoped_lock lock(mutex_);
    now_ = {std::move(run), true};
}

void Runs::end() {
    const std::scoped_lock lock(mutex_);
    now_.is_attached = false;
}

Runs::Now Runs::now() const {
    const std::scoped_lock lock(mutex_);
    return now_;
}

}  // namespace baleen::live
