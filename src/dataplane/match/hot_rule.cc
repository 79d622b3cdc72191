#include "dataplane/match/hot_rule.h"

#include <algorithm>
#include <cstring>

#include "dataplane/match/header_check.h"

namespace baleen::match {
namespace {

using record::MatchEvent;

MatchEvent constant_part(const ruleset::Rule& rule, uint32_t generation) {
    MatchEvent event{};
    event.gid = rule.gid;
    event.id = rule.id;
    event.rev = rule.rev;
    event.generation = generation;
    event.severity = rule.severity;
    event.action = rule.action;
    event.flags = (rule.flags & ruleset::prefilter_only) != 0 ? record::candidate : 0;
    event.rate_kind = rule.rate_kind;
    event.rate_track = rule.rate_track;
    event.rate_count = rule.rate_count;
    event.rate_seconds = rule.rate_seconds;
    event.name_bytes =
        static_cast<uint16_t>(std::min(rule.name.count, record::rule_name_bytes_max));
    event.classtype_bytes =
        static_cast<uint16_t>(std::min(rule.classtype.count, record::classtype_bytes_max));
    return event;
}

}  // namespace

EventHeads::EventHeads(const ruleset::Image& image, uint32_t generation) {
    for (const ruleset::Rule& rule : image.rules()) {
        const MatchEvent event = constant_part(rule, generation);
        const size_t first = lines_.size();
        line_of_.push_back(static_cast<uint32_t>(first));
        lines_.resize(first + (record::match_event_bytes(event) + sizeof(Line) - 1) / sizeof(Line));
        auto* to = reinterpret_cast<uint8_t*>(lines_.data() + first);
        std::memcpy(to, &event, sizeof event);
        to += sizeof event;
        std::memcpy(to, image.text({rule.name.first, event.name_bytes}).data(), event.name_bytes);
        to += event.name_bytes;
        std::memcpy(to, image.text({rule.classtype.first, event.classtype_bytes}).data(),
                    event.classtype_bytes);
    }
}

std::vector<HotRule> hot_rules(const ruleset::Image& image, const EventHeads& heads) {
    std::vector<HotRule> hot(image.rules().size());
    for (uint32_t i = 0; i < hot.size(); i++) {
        const ruleset::Rule& rule = image.rules()[i];
        hot[i].event_line = heads.line_of(i);
        hot[i].flags = rule.flags;
        hot[i].protocols = rule.protocols;
        hot[i].takes_any = has_no_conditions(image, rule);
    }
    return hot;
}

}  // namespace baleen::match
