// When a question is given up: its asker has gone, or its time is over.
//
// Must hold: whoever reads rows asks should_stop() between them, and SQLite asks it while it reads
// rows that nobody gets to see (Database::obey), so that a question ends within milliseconds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace baleen::store {

struct Cancel {
    using Clock = std::chrono::steady_clock;
    const std::atomic<bool>* is_cancelled = nullptr;  // stays as long as the question
    Clock::time_point deadline = Clock::time_point::max();
};

// How a question ended, or that it has not yet.
enum class Outcome : uint8_t { running, done, cancelled, deadline, rows_max };

// What a question has cost, and whether it may cost more.
class Watch {
public:
    explicit Watch(Cancel cancel, uint64_t rows_max = UINT64_MAX)
        : cancel_(cancel), rows_max_(rows_max) {}

    // Of each row that is read; the clock is looked at now and then.
    bool should_stop_at_row() {
        if (rows_ >= rows_max_ && outcome_ == Outcome::running) outcome_ = Outcome::rows_max;
        if (++rows_ % rows_per_look == 0) return should_stop();
        return has_stopped();
    }
    bool should_stop() {
        if (has_stopped()) return true;
        if (cancel_.is_cancelled != nullptr &&
            cancel_.is_cancelled->load(std::memory_order_relaxed))
            outcome_ = Outcome::cancelled;
        else if (cancel_.deadline != Cancel::Clock::time_point::max() &&
                 Cancel::Clock::now() >= cancel_.deadline)
            outcome_ = Outcome::deadline;
        return has_stopped();
    }
    bool has_stopped() const { return outcome_ != Outcome::running; }
    // What the question has come to, if nothing has stopped it.
    Outcome outcome() const { return outcome_; }
    uint64_t rows() const { return rows_; }

private:
    // 1000 rows of a filter with expressions are a few milliseconds.
    static constexpr uint64_t rows_per_look = 256;

    Cancel cancel_;
    uint64_t rows_max_;
    uint64_t rows_ = 0;
    Outcome outcome_ = Outcome::running;
};

}  // namespace baleen::store
