#include "rules/import_meta.h"

#include <fmt/format.h>

namespace baleen::rules {
namespace {

// A count of a rate limit, or a part of its name.
void read_limit_word(Draft& draft, const Option& option, std::string_view word,
                     std::string_view value, RateLimit& limit, unsigned& given) {
    using Kind = RateLimit::Kind;
    using Track = RateLimit::Track;
    const auto count = [&]() {
        const int64_t number = draft.integer(value, option.name);
        if (number < 1) draft.fail(fmt::format("{}: {} {}", option.name, word, number));
        return static_cast<uint32_t>(number);
    };
    if (word == "type") {
        given |= 1;
        if (value == "limit") limit.kind = Kind::limit;
        else if (value == "threshold") limit.kind = Kind::threshold;
        else if (value == "both") limit.kind = Kind::both;
        else draft.refuse(fmt::format("{} type {}", option.name, value));
    } else if (word == "track") {
        given |= 2;
        if (value == "by_src") limit.track = Track::by_src;
        else if (value == "by_dst") limit.track = Track::by_dst;
        else if (value == "by_both") limit.track = Track::by_both;
        else if (value == "by_rule") limit.track = Track::by_rule;
        else draft.refuse(fmt::format("{} track {}", option.name, value));
    } else if (word == "count") {
        given |= 4;
        limit.count = count();
    } else if (word == "seconds") {
        given |= 8;
        limit.seconds = count();
    } else {
        draft.refuse(fmt::format("{} {}", option.name, word));
    }
}

}  // namespace

void read_msg(Draft& draft, const Option& option) {
    draft.rule.name = unescape(unquote(option.value));
}

void read_id(Draft& draft, const Option& option) {
    const int64_t value = draft.integer(option.value, option.name);
    uint32_t& target = option.name == "sid"   ? draft.rule.id
                       : option.name == "rev" ? draft.rule.rev
                                              : draft.rule.gid;
    if (value < 0 || (value == 0 && option.name == "sid"))
        draft.fail(fmt::format("{}: {} is not positive", option.name, value));
    target = static_cast<uint32_t>(value);
}

// An explicit priority goes first, wherever it stands.
void read_classtype(Draft& draft, const Option& option) {
    draft.rule.classtype = option.value;
    const auto found = draft.severities.find(option.value);
    if (found != draft.severities.end() && !draft.has_severity) draft.rule.severity = found->second;
}

void read_priority(Draft& draft, const Option& option) {
    const int64_t value = draft.integer(option.value, option.name);
    if (value < 1 || value > 255) draft.fail(fmt::format("priority: {}; it is 1 to 255", value));
    draft.rule.severity = static_cast<uint32_t>(value);
    draft.has_severity = true;
}

void read_reference(Draft& draft, const Option& option) {
    draft.rule.references.push_back(unescape(option.value));
}

void read_metadata(Draft& draft, const Option& option) {
    for (const std::string_view item : split_list(option.value, ',')) {
        const size_t space = std::min(item.find(' '), item.size());
        const std::string_view key = item.substr(0, space);
        const std::string_view value = trim(item.substr(space));
        if (key.empty()) continue;
        draft.rule.metadata.emplace_back(key, value);
        if (key == "tag" && !value.empty()) draft.rule.tags.emplace_back(value);
    }
}

// threshold limits what is told of hits, and so does detection_filter, which tells those beyond a
// rate: neither changes what hits.
void read_threshold(Draft& draft, const Option& option) {
    RateLimit limit;
    unsigned given = 0;
    if (option.name == "detection_filter") {
        limit.kind = RateLimit::Kind::exceeded;
        given |= 1;
    }
    for (const std::string_view part : split_list(option.value, ',')) {
        const size_t space = std::min(part.find(' '), part.size());
        read_limit_word(draft, option, part.substr(0, space), trim(part.substr(space)), limit,
                        given);
    }
    if (given != 15)
        draft.fail(fmt::format("{}: it takes track, count and seconds{}", option.name,
                               option.name == "threshold" ? ", and type" : ""));
    if (draft.rule.rate_limit) {
        // Suricata lets one filter before the other; one is what a rule has here.
        draft.refuse("threshold with detection_filter");
    }
    draft.rule.rate_limit = limit;
}

}  // namespace baleen::rules
