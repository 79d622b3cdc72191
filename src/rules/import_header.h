// The header of a rule, and options that test headers of packets or the flow.
#pragma once

#include "rules/draft.h"

namespace baleen::rules {

void read_header(Draft& draft, const std::vector<std::string_view>& words, Networks& networks);

void read_flow(Draft& draft, const Option& option);
void read_field(Draft& draft, const Option& option);  // dsize, ttl, itype, ...
void read_ip_proto(Draft& draft, const Option& option);
void read_flags(Draft& draft, const Option& option);  // TCP flags
void read_fragbits(Draft& draft, const Option& option);
void read_sameip(Draft& draft, const Option& option);
void read_ipopts(Draft& draft, const Option& option);

}  // namespace baleen::rules
