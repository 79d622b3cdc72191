#include "control/ingest.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/store/block_ranges.h"
#include "record/app_event.h"
#include "record/app_fields.h"
#include "record/match.h"
#include "record/validate.h"

namespace baleen::control {
namespace {

// A store that fails is tried again twice a second: often enough for a disk that was full for a
// moment.
constexpr auto retry_interval = std::chrono::milliseconds(500);
// Frames from one ring before the next gets its turn.
constexpr uint64_t turn_frames = 4096;

}  // namespace

Ingest::Ingest(std::vector<ring::Reader> readers, store::Store* store,
               const config::Settings::Store& settings, std::vector<record::Sink*> sinks)
    : store_(store), sinks_(std::move(sinks)), settings_(settings) {
    for (ring::Reader& reader : readers) sources_.push_back({std::move(reader), 0, false});
}

// One frame. False: the store refuses, the frame has to come again.
bool Ingest::take(ring::Reader& reader, const ring::Frame& frame) {
    const store::Origin origin{reader.run_id(), reader.worker(), frame.header.sequence};
    switch (static_cast<ring::FrameType>(frame.header.type)) {
        case ring::FrameType::flow: return take_flow(origin, frame);
        case ring::FrameType::match: return take_match(origin, frame);
        case ring::FrameType::application: return take_application(origin, frame);
    }
    return refuse("unknown_type");
}

bool Ingest::take_flow(const store::Origin& origin, const ring::Frame& frame) {
    if (frame.header.version != record::flow_version) return refuse("unknown_version");
    // SAFETY: a private copy first, so that what is checked is what is stored.
    record::FlowRecord record;
    if (const char* problem =
            record::read_record({frame.payload, frame.header.payload_bytes}, record))
        return refuse(problem);
    if (store_ == nullptr && sinks_.empty()) return true;
    if ((record.flags & record::has_application) != 0)
        record::complete(record.application, &completed_);
    if (store_ != nullptr && !keep(store_->insert(origin, record))) return false;
    for (record::Sink* sink : sinks_) sink->take(record);
    return true;
}

bool Ingest::take_match(const store::Origin& origin, const ring::Frame& frame) {
    if (frame.header.version != record::match_version) return refuse("unknown_version");
    record::Match match;
    if (const char* problem =
            record::read_match({frame.payload, frame.header.payload_bytes}, match))
        return refuse(problem);
    if ((store_ == nullptr && sinks_.empty()) || !limiter_.keeps(match.event)) return true;
    if (store_ != nullptr && !keep(store_->insert(origin, match))) return false;
    for (record::Sink* sink : sinks_) sink->take_match(match);
    return true;
}

bool Ingest::take_application(const store::Origin& origin, const ring::Frame& frame) {
    if (frame.header.version != record::app_event_version) return refuse("unknown_version");
    record::AppMessage message;
    if (const char* problem =
            record::read_app_event({frame.payload, frame.header.payload_bytes}, message))
        return refuse(problem);
    if (store_ == nullptr) return true;
    record::complete(message, &completed_);
    return keep(store_->insert(origin, message));
}

bool Ingest::refuse(const std::string& reason) {
    invalid_frames_[reason]++;
    return true;
}

bool Ingest::keep(const base::Status& status) {
    if (!status) fail(status.error());
    return static_cast<bool>(status);
}

// A transaction ends with a block of flows if one ends in its last quarter: what fills none is
// written twice.
bool Ingest::is_full() const {
    const uint64_t most = settings_.batch_records;
    if (pending_ >= most) return true;
    return store_ != nullptr &&
           pending_ >= most - std::min<uint64_t>(most / 4, store::block_rows) &&
           !store_->has_rows_waiting();
}

uint64_t Ingest::poll_once() {
    if (failed_since_ && Clock::now() < retry_at_) return 0;
    uint64_t taken = 0;
    for (Source& source : sources_) {
        ring::Frame frame;
        for (uint64_t i = 0; i < turn_frames && !is_full() && source.reader.next(frame); i++) {
            if (!take(source.reader, frame)) return taken;
            if (pending_++ == 0) first_pending_ = Clock::now();
            source.pending++;
            taken++;
        }
        if (!source.reader.problem().empty() && !source.problem_told) {
            source.problem_told = true;
            notices_.push_back(fmt::format(
                "the ring of worker {} {}; it is read no further, what came before is kept",
                &source - sources_.data(), source.reader.problem()));
        }
    }
    const auto interval = std::chrono::nanoseconds(settings_.commit_interval_ns);
    const bool old = pending_ > 0 && Clock::now() - first_pending_ >= interval;
    const bool idle = pending_ == 0 && taken == 0;
    if (is_full() || old || (pending_ > 0 && taken == 0 && at_end()) ||
        (idle && store_ != nullptr && store_->is_due()))
        commit();
    return taken;
}

bool Ingest::commit() {
    if (store_ != nullptr)
        if (auto status = store_->commit(); !status) {
            fail(status.error());
            return false;
        }
    for (Source& source : sources_) {
        if (!source.reader.is_open()) continue;
        source.reader.release(source.pending);
        if (failed_since_) source.reader.set_state(ring::ReaderState::reading);
        records_stored_ += source.pending;
        source.pending = 0;
    }
    pending_ = 0;
    limiter_.commit();
    for (record::Sink* sink : sinks_) sink->commit();
    if (failed_since_) notices_.push_back("the store works again");
    failed_since_.reset();
    if (store_ != nullptr) store_->seal_idle();
    return true;
}

void Ingest::fail(const base::Error& error) {
    if (!failed_since_) {
        notices_.push_back(fmt::format(
            "the store fails: {}; records wait in the rings and are dropped and counted "
            "(store_failed) when those are full",
            error.message));
        failed_since_ = Clock::now();
    }
    retry_at_ = Clock::now() + retry_interval;
    store_->roll_back();
    limiter_.roll_back();
    for (record::Sink* sink : sinks_) sink->roll_back();
    for (Source& source : sources_) {
        if (!source.reader.is_open()) continue;
        source.reader.set_state(ring::ReaderState::store_failed);
        source.reader.rewind();
        source.pending = 0;
    }
    pending_ = 0;
}

bool Ingest::at_end() const {
    for (const Source& source : sources_)
        if (source.reader.problem().empty() && !source.reader.at_end()) return false;
    return true;
}

uint64_t Ingest::rings_given_up() const {
    uint64_t count = 0;
    for (const Source& source : sources_) count += source.reader.problem().empty() ? 0 : 1;
    return count;
}

uint64_t Ingest::bytes_waiting() const {
    uint64_t bytes = 0;
    for (const Source& source : sources_)
        if (source.reader.is_open()) bytes += source.reader.bytes_waiting();
    return bytes;
}

std::vector<std::string> Ingest::take_notices() {
    if (store_ != nullptr)
        for (std::string& notice : store_->take_notices()) notices_.push_back(std::move(notice));
    return std::exchange(notices_, {});
}

}  // namespace baleen::control
