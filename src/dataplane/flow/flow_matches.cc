// What a flow keeps of the rules that hit it.
#include <algorithm>

#include "dataplane/flow/flow_tracker.h"

namespace baleen::flow {

bool FlowTracker::take_match(uint32_t index, const Hit& hit) {
    record::Matches& matches = this->matches(index);
    const bool is_first = matches.hits++ == 0;
    matches.suppressed += hit.is_suppressed ? 1 : 0;
    matches.severity = is_first ? hit.severity : std::min(matches.severity, hit.severity);
    matches.actions |= static_cast<uint8_t>(1u << static_cast<uint32_t>(hit.action));
    const auto told = matches.rule_ids.begin() + matches.rule_count;
    if (std::find(matches.rule_ids.begin(), told, hit.rule_id) != told) return false;
    if (matches.rule_count < matches.rule_ids.size())
        matches.rule_ids[matches.rule_count++] = hit.rule_id;
    return true;
}

uint32_t FlowTracker::events_of(uint32_t index) {
    if ((table_[index].record_flags & record::has_matches) == 0) return 0;
    const record::Matches& matches = table_.matches(index);
    return matches.hits - matches.suppressed;
}

}  // namespace baleen::flow
