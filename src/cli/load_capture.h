// Captures that benchmarks play out of memory.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "drivers/synth/capture_loop.h"

namespace baleen::cli {

// Reads captures into memory, up to what CaptureMemory keeps.
base::Status load_capture(const std::vector<std::string>& paths, drivers::CaptureMemory& memory);

}  // namespace baleen::cli
