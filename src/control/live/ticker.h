// A thread that does something once a second, until its object goes.
#pragma once

#include <functional>
#include <thread>

#include "base/file_descriptor.h"

namespace baleen::live {

class Ticker {
public:
    explicit Ticker(std::function<void()> work);
    ~Ticker();
    Ticker(const Ticker&) = delete;

private:
    base::FileDescriptor end_;  // eventfd
    std::jthread thread_;
};

}  // namespace baleen::live
