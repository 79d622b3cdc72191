// What the main thread tells its workers: go on, drain, or end at once; and what a thread does
// while it has nothing to do.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace baleen::dataplane {

class RunControl {
public:
    // `is_live`: time goes on without us, so an idle worker keeps polling. Replaying a file it may
    // rest.
    explicit RunControl(bool is_live) : is_live_(is_live) {}

    bool goes_on() const { return stop_.load(std::memory_order_relaxed) == 0; }
    bool aborted() const { return stop_.load(std::memory_order_relaxed) >= 2; }

    // First call: drain. Second: end at once.
    void stop() { stop_.fetch_add(1, std::memory_order_relaxed); }

    // The reader or another thread has to move first.
    void pause() const { std::this_thread::sleep_for(std::chrono::microseconds(100)); }

    // No packet was there. A live worker spins: sleeping would cost packets.
    void idle() const {
        if (!is_live_) std::this_thread::yield();
    }

private:
    const bool is_live_;
    std::atomic<uint32_t> stop_{0};
};

}  // namespace baleen::dataplane
