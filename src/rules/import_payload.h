// Options that look into the payload.
#pragma once

#include "rules/draft.h"

namespace baleen::rules {

void read_content(Draft& draft, const Option& option);
// nocase, offset, ...: as an option of its own (Suricata) or behind the content (Snort 3).
void read_modifier(Draft& draft, const Option& option);
void read_pcre(Draft& draft, const Option& option);
void read_isdataat(Draft& draft, const Option& option);
void read_byte_test(Draft& draft, const Option& option);
void read_byte_jump(Draft& draft, const Option& option);
void read_byte_extract(Draft& draft, const Option& option);

}  // namespace baleen::rules
