// rte_eth_read_clock() is experimental in 22.11: it is no part of the stable ABI yet.
#define ALLOW_EXPERIMENTAL_API
#include "drivers/ethdev/nic_clock.h"

#include <rte_ethdev.h>

#include <ctime>

namespace baleen::drivers {
namespace {

int64_t real_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::unique_ptr<NicClock> NicClock::reserve() {
    auto clock = std::make_unique<NicClock>();
    if (rte_mbuf_dyn_rx_timestamp_register(&clock->offset_, &clock->flag_) != 0) return nullptr;
    return clock;
}

bool NicClock::begin(uint16_t port_id) {
    calibrate(port_id);
    const timespec wait{0, 20'000'000};
    ::nanosleep(&wait, nullptr);
    calibrate(port_id);
    return clock_.is_ready();
}

void NicClock::calibrate(uint16_t port_id) {
    base::ClockReading reading{};
    reading.before_ns = real_ns();
    if (rte_eth_read_clock(port_id, &reading.ticks) != 0) return;
    reading.after_ns = real_ns();
    clock_.add(reading);
}

}  // namespace baleen::drivers
