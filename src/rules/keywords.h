// Every keyword that the importers know, and what it means for a rule.
#pragma once

#include "rules/draft.h"

namespace baleen::rules {

// One option of a rule goes where its keyword belongs. A keyword that is not known is taken for the
// worst: it may turn the content before it and everything behind it to something else.
void read_option(Draft& draft, const Option& option);

// Keywords of the payload alone as one dialect writes them: how many rules speak for it.
struct DialectVotes {
    size_t suricata = 0;
    size_t snort3 = 0;
};
void vote(const std::vector<Option>& options, DialectVotes& votes);

}  // namespace baleen::rules
