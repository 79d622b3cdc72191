// A value that one thread makes now and then, and others look at.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

namespace baleen::live {

template <class Value>
class Latest {
public:
    void set(Value value) {
        const std::scoped_lock lock(mutex_);
        value_ = std::move(value);
    }
    std::optional<Value> get() const {
        const std::scoped_lock lock(mutex_);
        return value_;
    }

private:
    mutable std::mutex mutex_;
    std::optional<Value> value_;
};

}  // namespace baleen::live
