// DPDK's environment: memory and drivers. Started only where ports are used.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"
#include "drivers/ethdev/device.h"

namespace baleen::drivers {

class Eal {
public:
    // Initialises DPDK with memory for the ports of `devices`. `notice` is the line that tells
    // the user which memory is used and what that costs; empty when there is nothing to say.
    static base::Result<Eal> start(const config::Settings& settings,
                                   const std::vector<Device>& devices, std::string& notice);

    Eal(Eal&& other) noexcept : running_(std::exchange(other.running_, false)) {}
    Eal& operator=(Eal&&) = delete;
    ~Eal();

    // Each thread that touches packet buffers, once.
    static void register_thread();

private:
    Eal() = default;
    bool running_ = true;
};

}  // namespace baleen::drivers
