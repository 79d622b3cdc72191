// Takes frames out of the rings, checks them, makes of what protocols have said what the data plane
// has left to others (record/app_complete.h), and puts them into the store, a transaction at a
// time.
//
// Must hold: a frame is released only after the transaction that holds it has been committed.
// Whatever a ring contains, ingest goes on: a frame that makes no sense is counted by reason, a
// ring that makes none is given up alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "baleen/ring_reader.h"
#include "config/settings.h"
#include "control/rate_limit.h"
#include "control/store/store.h"
#include "record/app_complete.h"
#include "record/sink.h"

namespace baleen::control {

class Ingest {
public:
    // `store` absent: frames are checked, counted and forgotten. `sinks` get the flow records that
    // the store has taken, or without one, all that make sense.
    Ingest(std::vector<ring::Reader> readers, store::Store* store,
           const config::Settings::Store& settings, std::vector<record::Sink*> sinks = {});

    // Reads what is there, commits when a batch is full or old enough. Returns the number of frames
    // read.
    uint64_t poll_once();

    // Every ring is closed and empty, or given up.
    bool at_end() const;

    // Ends the open transaction. False: the store refuses; the frames stay in the rings.
    bool commit();

    // Sentences for the log since the last call: a ring given up, a store that fails or works
    // again.
    std::vector<std::string> take_notices();

    const std::map<std::string, uint64_t>& invalid_frames() const { return invalid_frames_; }
    // What the rules' own limits kept out of the store.
    const RateLimiter& limiter() const { return limiter_; }
    uint64_t records_stored() const { return records_stored_; }
    bool store_failed() const { return failed_since_.has_value(); }
    uint64_t rings_given_up() const;
    bool any_ring_given_up() const { return rings_given_up() > 0; }
    uint64_t bytes_waiting() const;

private:
    using Clock = std::chrono::steady_clock;

    bool take(ring::Reader& reader, const ring::Frame& frame);
    bool take_flow(const store::Origin& origin, const ring::Frame& frame);
    bool take_match(const store::Origin& origin, const ring::Frame& frame);
    bool take_application(const store::Origin& origin, const ring::Frame& frame);
    bool refuse(const std::string& reason);
    bool keep(const base::Status& status);
    void fail(const base::Error& error);
    bool is_full() const;

    struct Source {
        ring::Reader reader;
        uint64_t pending = 0;  // read, not committed
        bool problem_told = false;
    };
    std::vector<Source> sources_;
    store::Store* store_;
    const std::vector<record::Sink*> sinks_;
    const config::Settings::Store settings_;
    RateLimiter limiter_;
    record::CompletedFields completed_;
    uint64_t pending_ = 0;
    Clock::time_point first_pending_;
    uint64_t records_stored_ = 0;
    std::map<std::string, uint64_t> invalid_frames_;
    std::optional<Clock::time_point> failed_since_;
    Clock::time_point retry_at_;
    std::vector<std::string> notices_;
};

}  // namespace baleen::control
