#include "cli/events_by_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "record/eve_json.h"
#include "record/text.h"

namespace baleen::cli {
namespace {

std::string time_text(int64_t time_ns) {
    std::string out;
    record::append_eve_time(out, time_ns);
    return out;
}

}  // namespace

void RuleTally::add(const record::Match& match) {
    const record::MatchEvent& event = match.event;
    Count& count = counts_[{event.gid, event.id}];
    if (event.time_ns >= count.last_ns) {
        count.name = match.name();
        count.classtype = match.classtype();
        count.severity = event.severity;
    }
    count.events++;
    count.suppressed += event.suppressed;
    count.flows.insert(event.flow_id);
    count.first_ns = std::min(count.first_ns, event.time_ns);
    count.last_ns = std::max(count.last_ns, event.time_ns);
}

std::vector<const RuleTally::Entry*> RuleTally::in_order() const {
    std::vector<const Entry*> out;
    for (const Entry& entry : counts_) out.push_back(&entry);
    std::stable_sort(out.begin(), out.end(), [](const Entry* a, const Entry* b) {
        return a->second.hits() > b->second.hits();
    });
    return out;
}

void RuleTally::append_table(std::string& out) const {
    out +=
        "      HITS    EVENTS     FLOWS  SEVERITY  RULE          FIRST (UTC)                 "
        "LAST (UTC)                  NAME\n";
    for (const Entry* entry : in_order()) {
        const auto& [rule, count] = *entry;
        const auto without_zone = [](const std::string& text) {
            return text.substr(0, text.size() - 5);
        };
        fmt::format_to(std::back_inserter(out), "{:>10}{:>10}{:>10}{:>10}  {:<12}  {}  {}  ",
                       count.hits(), count.events, count.flows.size(), count.severity,
                       fmt::format("{}:{}", rule.first, rule.second),
                       without_zone(time_text(count.first_ns)),
                       without_zone(time_text(count.last_ns)));
        record::append_printable(out, count.name);
        out += '\n';
    }
}

void RuleTally::append_csv(std::string& out) const {
    out += "gid,signature_id,severity,hits,events,flows,first_ns,last_ns,category,signature\n";
    for (const Entry* entry : in_order()) {
        const auto& [rule, count] = *entry;
        fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},", rule.first, rule.second,
                       count.severity, count.hits(), count.events, count.flows.size(),
                       count.first_ns, count.last_ns);
        record::append_csv_text(out, count.classtype);
        out += ',';
        record::append_csv_text(out, count.name);
        out += '\n';
    }
}

void RuleTally::append_json(std::string& out) const {
    for (const Entry* entry : in_order()) {
        const auto& [rule, count] = *entry;
        fmt::format_to(std::back_inserter(out),
                       R"({{"gid":{},"signature_id":{},"severity":{},"hits":{},"events":{},)"
                       R"("flows":{},"first":"{}","last":"{}","first_ns":{},"last_ns":{},)"
                       R"("category":)",
                       rule.first, rule.second, count.severity, count.hits(), count.events,
                       count.flows.size(), time_text(count.first_ns), time_text(count.last_ns),
                       count.first_ns, count.last_ns);
        record::append_json_string(out, count.classtype);
        out += R"(,"signature":)";
        record::append_json_string(out, count.name);
        out += "}\n";
    }
}

}  // namespace baleen::cli
