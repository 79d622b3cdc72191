// From one of a device's choices to DPDK's number for its port.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "drivers/ethdev/device.h"

namespace baleen::drivers {

// The port is there, and neither configured nor started.
base::Result<uint16_t> attach(const Candidate& candidate);

// "WHAT: what the code of errno means".
base::Error failed(std::string_view what, int code);

}  // namespace baleen::drivers
