// What the main thread tells its workers: go on, drain, or end at once; and what a thread does
// while it has nothing to do.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace baleen::dataplane {

// What a live worker does when its port has been empty for a while (worker.idle).
enum class Idle : uint8_t { poll, pause, sleep, umwait };

// WAITPKG instructions: what `umwait` needs.
bool cpu_can_umwait();

class RunControl {
public:
    // `is_live`: time goes on without us, so an idle worker keeps polling. Replaying a file it may
    // rest.
    RunControl(bool is_live, Idle idle) : is_live_(is_live), idle_(idle) {}

    bool goes_on() const { return stop_.load(std::memory_order_relaxed) == 0; }
    bool aborted() const { return stop_.load(std::memory_order_relaxed) >= 2; }

    // First call: drain. Second: end at once.
    void stop() { stop_.fetch_add(1, std::memory_order_relaxed); }

    // The reader or another thread has to move first.
    void pause() const { std::this_thread::sleep_for(std::chrono::microseconds(100)); }

    // The last `empty_polls` polls found no packet. A live worker spins, unless it was told to save
    // power; then it does so only after a while, so that gaps in a busy stream cost nothing.
    void idle(uint64_t empty_polls) const {
        if (!is_live_) std::this_thread::yield();
        else if (idle_ != Idle::poll && empty_polls > spin_polls) rest();
    }

private:
    // About 10 us of a poll that finds nothing (some 30 ns).
    static constexpr uint64_t spin_polls = 300;
    void rest() const;

    const bool is_live_;
    const Idle idle_;
    std::atomic<uint32_t> stop_{0};
};

}  // namespace baleen::dataplane
