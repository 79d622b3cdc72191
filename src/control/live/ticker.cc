#include "control/live/ticker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace baleen::live {
namespace {

constexpr int interval_ms = 1000;

}  // namespace

Ticker::Ticker(std::function<void()> work)
    : end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([fd = end_.get(), work = std::move(work)] {
          pollfd end{fd, POLLIN, 0};
          while (::poll(&end, 1, interval_ms) == 0) work();
      }) {}

Ticker::~Ticker() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t wrote = ::write(end_.get(), &one, sizeof one);
    thread_.join();
}

}  // namespace baleen::live
