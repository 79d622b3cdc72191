// Types of events, as people name them: alert (what rules found), what protocols said (dns, tls,
// http, ...), or all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "baleen/application.h"
#include "base/result.h"
#include "filter/field.h"

namespace baleen::filter {

struct EventType {
    std::string_view name;
    Kind kind;
    std::vector<application::AppProto> app_protos;  // empty: of all
};

const std::vector<EventType>& event_types();
// The error names the nearest type, or all.
base::Result<const EventType*> find_event_type(std::string_view name);

}  // namespace baleen::filter
