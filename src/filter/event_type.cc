#include "filter/event_type.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/suggest.h"

namespace baleen::filter {
namespace {

std::vector<EventType> make_event_types() {
    std::vector<EventType> types = {{"alert", Kind::alert, {}}, {"all", Kind::event, {}}};
    for (const auto& proto : application::app_protos) {
        auto known = std::ranges::find(types, proto.event, &EventType::name);
        if (known == types.end()) known = types.insert(known, {proto.event, Kind::app, {}});
        known->app_protos.push_back(proto.id);
    }
    return types;
}

}  // namespace

const std::vector<EventType>& event_types() {
    static const std::vector<EventType> types = make_event_types();
    return types;
}

base::Result<const EventType*> find_event_type(std::string_view name) {
    const auto& types = event_types();
    const auto found = std::ranges::find(types, name, &EventType::name);
    if (found != types.end()) return &*found;
    std::vector<std::string_view> names;
    for (const EventType& type : types) names.push_back(type.name);
    const auto near = base::nearest(name, names);
    return base::Error{fmt::format("there are no events of type '{}'; {}", name,
                                   near.empty()
                                       ? fmt::format("there are {}", fmt::join(names, ", "))
                                       : fmt::format("did you mean '{}'?", near))};
}

}  // namespace baleen::filter
