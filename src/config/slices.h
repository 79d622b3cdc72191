// capture.slices: how many bytes are kept of the packets of some applications.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "baleen/application.h"
#include "base/result.h"

namespace baleen::config {

struct Slice {
    application::AppProto app_proto;
    uint32_t bytes;
};

// "tls:128" each. On error the first sentence that one of them deserves.
base::Result<std::vector<Slice>> parse_slices(const std::vector<std::string>& texts);

}  // namespace baleen::config
