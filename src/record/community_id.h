// Community ID v1 (github.com/corelight/community-id-spec): one flow, one name, whatever tool saw
// it.
#pragma once

#include <cstdint>
#include <string>

#include "baleen/record.h"

namespace baleen::record {

std::string community_id(const FlowRecord& record, uint16_t seed = 0);

// Of the flow that an ICMP error is about (has_quoted_flow).
std::string quoted_community_id(const FlowRecord& record, uint16_t seed = 0);

}  // namespace baleen::record
