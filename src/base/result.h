// A value or the reason why there is none. Errors are one clear sentence: what, where, how to mend
// it.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace baleen::base {

struct Error {
    std::string message;
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }

    T& operator*() & {
        BALEEN_ASSERT(*this);
        return std::get<0>(state_);
    }
    const T& operator*() const& {
        BALEEN_ASSERT(*this);
        return std::get<0>(state_);
    }
    T&& operator*() && {
        BALEEN_ASSERT(*this);
        return std::get<0>(std::move(state_));
    }
    T* operator->() { return &**this; }
    const T* operator->() const { return &**this; }

    const Error& error() const {
        BALEEN_ASSERT(!*this);
        return std::get<1>(state_);
    }

private:
    std::variant<T, Error> state_;
};

// A step that yields nothing but may fail.
struct Ok {};
using Status = Result<Ok>;

}  // namespace baleen::base
