// The captures that people look at through sharkd: each one a process that is kept for a while.
//
// Must hold: there are no more than dissections_max at a time, and none that nobody has asked for
// idle_max. Safe to call from several threads; a dissection answers one question at a time.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "control/sharkd/sharkd.h"

namespace baleen::sharkd {

// sharkd takes up to 160 MB with next to nothing loaded.
constexpr size_t dissections_max = 4;
constexpr auto idle_max = std::chrono::seconds(120);
// One that was used within this time is not ended for somebody who wants another.
constexpr auto kept_min = std::chrono::seconds(10);

using Clock = std::chrono::steady_clock;

class Dissection {
public:
    explicit Dissection(Sharkd sharkd) : sharkd_(std::move(sharkd)) {}

    // Waits for its turn. These, in this order, without another one's between them; stops at the
    // first that is not answered. The last one's reply.
    struct Question {
        Method method;
        nlohmann::json parameters;
    };
    Reply ask(std::span<const Question> questions, const std::atomic<bool>* cancelled);

private:
    std::mutex mutex_;
    Sharkd sharkd_;
};

class Dissections {
public:
    // A place that is held for a dissection that is being opened, as long as this lives.
    class Place;

    // Ends the one that was idle longest where all places are taken. nullptr: none could be had.
    std::unique_ptr<Place> take_place(Clock::time_point now = Clock::now());
    // The id that it is found by; no other one's, and not to be guessed.
    std::string keep(std::unique_ptr<Place> place, Sharkd sharkd);
    // nullptr: there is none (any more).
    std::shared_ptr<Dissection> find(const std::string& id);
    void close(const std::string& id);
    // Ends those that were idle too long; called every second.
    void end_idle(Clock::time_point now = Clock::now());
    size_t count() const;

private:
    struct Kept {
        std::shared_ptr<Dissection> dissection;
        Clock::time_point used;
        bool is_idle() const { return dissection.use_count() == 1; }
    };
    using ById = std::map<std::string, Kept>;
    ById::iterator idle_longest();

    mutable std::mutex mutex_;
    ById kept_;
    size_t places_ = 0;  // taken by those that are being opened
};

class Dissections::Place {
public:
    explicit Place(Dissections& owner) : owner_(owner) {}
    ~Place();
    Place(const Place&) = delete;

private:
    Dissections& owner_;
};

}  // namespace baleen::sharkd
