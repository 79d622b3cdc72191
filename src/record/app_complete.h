// What the data plane leaves to others to make of what it has seen: fingerprints and the like.
//
// Why: hashes and certificates cost more than all else that is done for a flow, and nobody on the
// packet path needs them. Whoever stores or shows an event or a record asks for them here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace baleen::record {

// The fields (baleen/application.h) with what raw ones stand for in their place.
std::vector<uint8_t> complete_fields(std::span<const uint8_t> fields);

}  // namespace baleen::record
