// Any bytes as a flow filter: it parses or points at a place in the text, and evaluates on any
// valid record.
#include <cstdint>

#include "base/assert.h"
#include "filter/filter.h"

using namespace baleen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = filter::Filter::parse(text);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed)) {
        BALEEN_ASSERT(error->offset <= text.size() && !error->message.empty());
        BALEEN_ASSERT(!filter::format_error(text, *error).empty());
        return 0;
    }
    for (const uint8_t protocol : {uint8_t{1}, uint8_t{6}, uint8_t{17}, uint8_t{50}}) {
        record::FlowRecord record{};
        record.protocol = protocol;
        record.ip_version = protocol == 17 ? 6 : 4;
        record.end_reason = record::EndReason::idle_timeout;
        record.initiator.packets = 1;
        record.vlan_ids[0] = record.vlan_ids[1] = record::vlan_absent;
        std::get<filter::Filter>(parsed).matches({record, "eth0"});
    }
    return 0;
}
