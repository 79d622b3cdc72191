// Says how many packets are due, by the time-stamp counter.
//
// Two token buckets, as in RFC 2698: the first fills at the rate asked for and holds what is owed;
// the second fills at four times that and holds one burst. So what the kernel took away from this
// thread is caught up, but never as one long burst that no wire at this rate would bring, and that
// would fill the receiver's queue. What is owed for longer than `debt_s_max` is forfeited, and
// counted: then the generator did not offer the rate, whoever is to blame.
#pragma once

#include <algorithm>
#include <cstdint>

namespace baleen::gen {

class Pacer {
public:
    static constexpr uint32_t burst = 32;

    // `total`: packets that are due in all, however long it takes.
    Pacer(double packets_per_s, double ticks_per_s, uint64_t start_tsc, uint64_t total)
        : per_tick_(packets_per_s / ticks_per_s),
          debt_max_(std::max<double>(burst, packets_per_s * debt_s_max)),
          start_tsc_(start_tsc),
          peak_tsc_(start_tsc),
          total_(total) {}

    // Up to `burst` packets that are to be sent now. They count as spent.
    uint32_t take(uint64_t now_tsc) {
        const uint64_t due_now = due(now_tsc);
        uint64_t owed = due_now - std::min(due_now, spent_ + forfeited_);
        if (static_cast<double>(owed) > debt_max_) {
            const uint64_t over = owed - static_cast<uint64_t>(debt_max_);
            forfeited_ += over;
            owed -= over;
        }
        if (now_tsc > peak_tsc_) {
            const auto ticks = static_cast<double>(now_tsc - peak_tsc_);
            peak_ = std::min<double>(burst, peak_ + ticks * per_tick_ * peak_factor);
            peak_tsc_ = now_tsc;
        }
        const auto taken =
            static_cast<uint32_t>(std::min<double>(static_cast<double>(owed), peak_));
        peak_ -= taken;
        spent_ += taken;
        return taken;
    }

    // Packets that were due by then.
    uint64_t due(uint64_t now_tsc) const {
        // Two cores' counters may differ by a few ticks.
        const uint64_t elapsed = now_tsc > start_tsc_ ? now_tsc - start_tsc_ : 0;
        return std::min(total_, static_cast<uint64_t>(static_cast<double>(elapsed) * per_tick_));
    }
    // Packets taken but not sent for lack of a buffer become due again.
    void give_back(uint32_t packets) { spent_ -= packets; }

    bool is_done() const { return spent_ + forfeited_ >= total_; }
    uint64_t forfeited() const { return forfeited_; }
    double packets_per_tick() const { return per_tick_; }

private:
    // Longer than a shared machine puts a thread aside, mostly.
    static constexpr double debt_s_max = 0.1;
    static constexpr double peak_factor = 4;  // with a quarter of a core the rate is still kept

    const double per_tick_;
    const double debt_max_;
    const uint64_t start_tsc_;
    uint64_t peak_tsc_;
    const uint64_t total_;
    double peak_ = 1;
    uint64_t spent_ = 0;
    uint64_t forfeited_ = 0;
};

}  // namespace baleen::gen
