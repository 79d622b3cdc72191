// A value that many ask for and that takes a while to make: made by one of them, at most once in
// a time, and told to all.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace baleen::endpoints {

// Safe to call from several threads; those who ask while it is made wait for it.
template <class T>
class Recent {
public:
    using Clock = std::chrono::steady_clock;

    Recent(Clock::duration age_max, std::function<T()> make)
        : age_max_(age_max), make_(std::move(make)) {}

    T get() {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        if (!value_ || now - made_ > age_max_) {
            value_ = make_();
            made_ = now;
        }
        return *value_;
    }

private:
    const Clock::duration age_max_;
    const std::function<T()> make_;
    std::mutex mutex_;
    Clock::time_point made_;
    std::optional<T> value_;
};

}  // namespace baleen::endpoints
