#include "dataplane/capture/writer.h"

#include <algorithm>
#include <chrono>

namespace baleen::capture {
namespace {

using stats::Counter;

// The number of the chunks that are made out of the past; no worker has it.
constexpr uint32_t past_worker = UINT16_MAX;
constexpr auto idle_wait = std::chrono::microseconds(500);
constexpr int64_t publish_interval_ns = 1'000'000;

int64_t now_ns() {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

}  // namespace

base::Result<std::unique_ptr<Writer>> Writer::create(std::vector<const CaptureMemory*> workers,
                                                     const CaptureSettings& settings,
                                                     std::unique_ptr<Output> output,
                                                     const Interfaces& interfaces,
                                                     int64_t give_up_after_ns,
                                                     stats::WorkerStats& stats) {
    std::unique_ptr<Writer> writer(
        new Writer(std::move(workers), settings, std::move(output), give_up_after_ns, stats));
    if (settings.has_separate_history()) {
        auto past = Past::create(past_worker, settings.comments, interfaces, writer->counters_);
        if (!past) return past.error();
        writer->past_ = std::move(*past);
        writer->written_.push_back(&writer->past_->pool());
    }
    return writer;
}

Writer::Writer(std::vector<const CaptureMemory*> workers, const CaptureSettings& settings,
               std::unique_ptr<Output> output, int64_t give_up_after_ns, stats::WorkerStats& stats)
    : workers_(std::move(workers)),
      settings_(settings),
      give_up_after_ns_(give_up_after_ns),
      output_(std::move(output)),
      stats_(stats) {
    for (const CaptureMemory* memory : workers_) {
        if (memory->written) written_.push_back(memory->written.get());
        if (memory->history) histories_.emplace_back(*memory->history);
        else if (settings_.history_chunks > 0) histories_.emplace_back(*memory->written);
    }
}

void Writer::run(const dataplane::RunControl& control) {
    while (!control.aborted() && !(is_finishing_ && output_->is_idle())) {
        bool moved = take_chunks();
        moved |= take_triggers(now_ns());
        moved |= search(now_ns());
        output_->poll(now_ns());
        moved |= take_written();
        recycle();
        publish(false);
        if (are_workers_done() && !wind_up(now_ns())) break;
        if (!moved) output_->wait(idle_wait);
    }
    give_up_rest();
    publish(true);
}

// What the past still has to give is looked for, all is written, and files are closed. False: the
// disk has refused for too long.
bool Writer::wind_up(int64_t now) {
    if (deadline_ns_ == 0) deadline_ns_ = now + std::min(give_up_after_ns_, INT64_MAX - now);
    take_triggers(now);  // the workers' last ones
    if (past_ && are_histories_drained()) past_->end();
    if (past_ && past_->is_idle()) past_->stream().close();
    const bool is_all_written =
        outstanding_ == 0 && std::ranges::all_of(written_, &ChunkPool::is_drained);
    // Only then, so that what files say of the run at their end is all of it.
    if (is_all_written && !is_finishing_) {
        publish(true);
        output_->finish();
        is_finishing_ = true;
    }
    return !output_->is_failing() || now <= deadline_ns_;
}

// What has not been written is counted, whether it has come as far as the output or not.
void Writer::give_up_rest() {
    if (!output_->is_idle()) output_->abort();
    take_written();
    if (past_) past_->stream().close();
    SealedChunk chunk;
    for (ChunkPool* pool : written_)
        while (pool->take_sealed(chunk)) count(chunk, false);
}

bool Writer::take_chunks() {
    bool moved = false;
    SealedChunk chunk;
    for (ChunkPool* pool : written_) {
        while (output_->has_room() && pool->take_sealed(chunk)) {
            output_->submit(chunk);
            outstanding_++;
            if (History* history = history_of(chunk)) history->add(chunk);
            moved = true;
        }
        pool->set_failing(output_->is_failing());
    }
    if (!settings_.has_separate_history()) return moved;
    for (History& history : histories_)
        while (history.pool().take_sealed(chunk)) {
            history.add(chunk);
            moved = true;
        }
    return moved;
}

// Where what is written is its own history.
History* Writer::history_of(const SealedChunk& chunk) {
    if (settings_.has_separate_history()) return nullptr;
    for (History& history : histories_)
        if (history.pool().worker() == chunk.worker) return &history;
    return nullptr;
}

bool Writer::take_written() {
    bool moved = false;
    SealedChunk chunk;
    bool written = false;
    while (output_->take_done(chunk, written)) {
        count(chunk, written);
        outstanding_--;
        moved = true;
        if (past_ && chunk.worker == past_worker) {
            past_->pool().give_back(chunk);
        } else if (History* history = history_of(chunk)) {
            history->note_written();
        } else {
            for (ChunkPool* pool : written_)
                if (pool->worker() == chunk.worker) pool->give_back(chunk);
        }
    }
    return moved;
}

void Writer::count(const SealedChunk& chunk, bool written) {
    counters_[written ? Counter::capture_written_packets : Counter::capture_shed_given_up] +=
        chunk.header().packets;
}

void Writer::recycle() {
    for (History& history : histories_) history.recycle(!settings_.has_separate_history());
}

void Writer::add_trigger(std::shared_ptr<const Trigger> trigger) {
    const std::lock_guard lock(mutex_);
    offered_.push_back(std::move(trigger));
}

// How long a worker may keep a packet before it hands its chunk over, and as long for the way.
int64_t Writer::settle_ns() const {
    return static_cast<int64_t>(std::min<uint64_t>(settings_.flush_interval_ns, INT64_MAX / 4) * 2);
}

bool Writer::take_triggers(int64_t now) {
    // Who asks when files are being closed comes too late.
    if (!past_ || is_finishing_) return false;
    bool moved = false;
    FlowTrigger trigger;
    for (size_t i = 0; i < workers_.size(); i++)
        while (workers_[i]->triggers->take(trigger)) {
            past_->add(histories_[i], trigger);
            moved = true;
        }
    const std::lock_guard lock(mutex_);
    for (auto& offered : offered_) {
        const int64_t after_ns = std::min(offered->after_ns, INT64_MAX - now - settle_ns());
        past_->add(std::move(offered), histories_, now + after_ns + settle_ns());
    }
    offered_.clear();
    return moved;
}

bool Writer::search(int64_t now) {
    if (!past_) return false;
    const bool moved = past_->step(histories_, now);
    if (!moved) past_->stream().seal_if_older(settings_.flush_interval_ns);
    return moved;
}

bool Writer::are_workers_done() const {
    return std::ranges::all_of(workers_, [](const CaptureMemory* memory) {
        return (!memory->written || memory->written->is_closed()) &&
               (!memory->history || memory->history->is_closed());
    });
}

bool Writer::are_histories_drained() const {
    return std::ranges::all_of(workers_, [](const CaptureMemory* memory) {
        return !memory->history || memory->history->is_drained();
    });
}

void Writer::publish(bool now) {
    const int64_t time_ns = now_ns();
    if (!now && time_ns - published_ns_ < publish_interval_ns) return;
    published_ns_ = time_ns;
    const OutputTotals& totals = output_->totals();
    counters_[Counter::capture_written_bytes] = totals.packet_bytes;
    counters_[Counter::capture_written_file_bytes] = totals.file_bytes;
    counters_[Counter::capture_written_files] = totals.files;
    counters_.publish(stats_, 0, 0);
    const std::lock_guard lock(mutex_);
    for (std::string& notice : output_->take_notices()) notices_.push_back(std::move(notice));
    if (past_)
        for (std::string& notice : past_->take_notices()) notices_.push_back(std::move(notice));
}

std::vector<std::string> Writer::take_notices() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notices_, {});
}

}  // namespace baleen::capture
