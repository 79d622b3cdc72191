// The loop that sends: frames into a queue, at a rate or as fast as they are taken.
//
// A template over where frames come from and where they go, so that tests run it without a port.
#pragma once

#include <x86intrin.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "drivers/gen/pacer.h"
#include "drivers/gen/rate.h"

namespace baleen::gen {

struct SendPlan {
    double ticks_per_s = 0;
    double packets_per_s = 0;  // 0: as fast as the port takes them, none refused
    uint64_t packets = UINT64_MAX;
    double seconds = 0;  // 0: no limit
    double new_flows_per_s = 0;
};

// What one thread has done so far; others read it. On a line of its own.
struct alignas(64) SendCounters {
    std::atomic<uint64_t> packets{0};
    std::atomic<uint64_t> frame_bytes{0};  // with frame check sequences
    // At a rate only: packets that the port did not take, and packets that were not offered to it
    // in time, for this thread did not run.
    std::atomic<uint64_t> refused{0};
    std::atomic<uint64_t> late{0};
    std::atomic<uint64_t> flows{0};  // begun
    std::atomic<uint64_t> start_tsc{0};
    std::atomic<uint64_t> end_tsc{0};
};

enum class SendEnd : uint8_t { done, stopped, nobody_takes };

template <class Frames, class Burst>
class Sender {
public:
    Sender(Frames& frames, Burst& burst, const SendPlan& plan, SendCounters& counters)
        : frames_(frames), burst_(burst), plan_(plan), counters_(counters) {}

    SendEnd run(const std::atomic<bool>& stop) {
        const uint64_t start = __rdtsc();
        counters_.start_tsc.store(start, relaxed);
        const SendEnd end =
            plan_.packets_per_s > 0 ? send_paced(start, stop) : send_all(start, stop);
        counters_.end_tsc.store(__rdtsc(), relaxed);
        return end;
    }

private:
    static constexpr auto relaxed = std::memory_order_relaxed;
    static constexpr double stuck_s = 5;
    // Below, the thread sleeps between packets: a timer of the kernel is late by 50 to 100 us.
    static constexpr double packets_per_s_asleep = 5000;

    SendEnd send_paced(uint64_t start, const std::atomic<bool>& stop) {
        const auto total = std::min(plan_.packets, due_in_time(plan_.packets_per_s));
        Pacer pacer(plan_.packets_per_s, plan_.ticks_per_s, start, total);
        Pacer churn = make_churn(start);
        while (!pacer.is_done()) {
            if (stop.load(relaxed)) return SendEnd::stopped;
            const uint64_t now = __rdtsc();
            const uint32_t count = pacer.take(now);
            counters_.late.store(pacer.forfeited(), relaxed);
            if (count == 0) {
                wait();
                continue;
            }
            begin_flows(churn, now);
            if (!fill(count)) {
                pacer.give_back(count);
                continue;
            }
            const uint32_t sent = burst_.send(0, count);
            burst_.drop(sent, count);
            account(sent);
            add(counters_.refused, count - sent);
        }
        return SendEnd::done;
    }

    SendEnd send_all(uint64_t start, const std::atomic<bool>& stop) {
        const auto ticks = [&](double seconds) {
            return static_cast<uint64_t>(seconds * plan_.ticks_per_s);
        };
        const uint64_t end = plan_.seconds > 0 ? start + ticks(plan_.seconds) : UINT64_MAX;
        Pacer churn = make_churn(start);
        uint64_t left = plan_.packets;
        uint64_t now = start, moved = start;
        while (left > 0 && now < end) {
            const auto count = static_cast<uint32_t>(std::min<uint64_t>(left, Pacer::burst));
            begin_flows(churn, now);
            const bool is_filled = fill(count);
            for (uint32_t sent = 0; is_filled && sent < count;) {
                const uint32_t taken = burst_.send(sent, count);
                sent += taken;
                now = __rdtsc();
                if (taken > 0) moved = now;
                // Once filled, frames go out, for their flows count them: only a stop drops them.
                if (stop.load(relaxed) || now - moved > ticks(stuck_s)) {
                    burst_.drop(sent, count);
                    account(sent);
                    return stop.load(relaxed) ? SendEnd::stopped : SendEnd::nobody_takes;
                }
                if (sent == count) account(sent);
            }
            if (is_filled) left -= count;
            now = __rdtsc();
            if (stop.load(relaxed)) return SendEnd::stopped;
            if (now - moved > ticks(stuck_s)) return SendEnd::nobody_takes;
        }
        return SendEnd::done;
    }

    Pacer make_churn(uint64_t start) const {
        return Pacer(plan_.new_flows_per_s, plan_.ticks_per_s, start,
                     due_in_time(plan_.new_flows_per_s));
    }
    // Of a rate, in the time of the plan: no more than that, however late this thread comes to it.
    uint64_t due_in_time(double per_s) const {
        const double due = per_s * plan_.seconds;
        return plan_.seconds > 0 && due < 1.8e19 ? static_cast<uint64_t>(due) : UINT64_MAX;
    }
    void begin_flows(Pacer& churn, uint64_t now) {
        if (plan_.new_flows_per_s <= 0) return;
        frames_.begin_flows(churn.take(now));
    }

    bool fill(uint32_t count) {
        if (!burst_.prepare(count)) return false;
        for (uint32_t i = 0; i < count; i++) {
            lengths_[i] = frames_.next(burst_.room(i));
            burst_.set_length(i, lengths_[i]);
        }
        return true;
    }

    // The first `sent` of the burst have left.
    void account(uint32_t sent) {
        uint64_t bytes = 0;
        for (uint32_t i = 0; i < sent; i++)
            bytes += std::max(lengths_[i] + frame_check_bytes, uint32_t{64});
        add(counters_.packets, sent);
        add(counters_.frame_bytes, bytes);
        counters_.flows.store(frames_.flows_begun(), relaxed);
    }
    // This thread alone writes them.
    static void add(std::atomic<uint64_t>& counter, uint64_t more) {
        counter.store(counter.load(relaxed) + more, relaxed);
    }

    void wait() const {
        if (plan_.packets_per_s < packets_per_s_asleep)
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        else _mm_pause();
    }

    Frames& frames_;
    Burst& burst_;
    const SendPlan plan_;
    SendCounters& counters_;
    std::array<uint32_t, Pacer::burst> lengths_{};
};

}  // namespace baleen::gen
