// Options that say what a rule is called, how bad its hits are, and how many of them are told.
#pragma once

#include "rules/draft.h"

namespace baleen::rules {

void read_msg(Draft& draft, const Option& option);
void read_id(Draft& draft, const Option& option);  // sid, rev, gid
void read_classtype(Draft& draft, const Option& option);
void read_priority(Draft& draft, const Option& option);
void read_reference(Draft& draft, const Option& option);
void read_metadata(Draft& draft, const Option& option);
void read_threshold(Draft& draft, const Option& option);  // and detection_filter

}  // namespace baleen::rules
