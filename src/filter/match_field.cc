// Fields about rules: of a flow, what its hits have in common; of an alert, the one that hit.
#include "filter/field.h"
#include "record/alert.h"
#include "record/names.h"

namespace baleen::filter {
namespace {

using record::FlowRecord;
using record::Match;
using record::MatchEvent;

bool tells_matches(const FlowRecord& r) { return (r.flags & record::has_matches) != 0; }

template <auto member>
void get_number(const Subject& s, Values& v) {
    if (s.match != nullptr) v.add(uint64_t{s.match->event.*member});
}

template <auto member>
void get_of_flow(const Subject& s, Values& v) {
    if (tells_matches(s.record)) v.add(uint64_t{s.record.matches.*member});
}

template <auto member>
void get_text(const Subject& s, Values& v) {
    if (s.match != nullptr) v.add((s.match->*member)());
}

template <record::MatchFlags flag>
void get_flag(const Subject& s, Values& v) {
    if (s.match != nullptr && (s.match->event.flags & flag) != 0) v.add(1);
}

constexpr Field fields_of_matches[] = {
    {"alerted", FieldType::presence,
     [](const Subject& s, Values& v) {
         if (s.match != nullptr || record::is_alerted(s.record)) v.add(1);
     },
     "a rule that alerts or captures has hit", Kind::flow | Kind::event},
    {"rule.id", FieldType::number,
     [](const Subject& s, Values& v) {
         if (s.match != nullptr) return v.add(s.match->event.id);
         if (!tells_matches(s.record)) return;
         for (uint32_t i = 0; i < s.record.matches.rule_count; i++)
             v.add(s.record.matches.rule_ids[i]);
     },
     "the rule that hit; of a flow, the first different ones", Kind::flow | Kind::event},
    {"rule.severity", FieldType::number,
     [](const Subject& s, Values& v) {
         get_number<&MatchEvent::severity>(s, v);
         get_of_flow<&record::Matches::severity>(s, v);
     },
     "1 is the gravest; of a flow, the gravest hit's", Kind::flow | Kind::event},
    {"matches.hits", FieldType::number, get_of_flow<&record::Matches::hits>, "hits of all rules"},
    {"matches.suppressed", FieldType::number, get_of_flow<&record::Matches::suppressed>,
     "hits that made no event, for a limit"},
    {"event.type", FieldType::text,
     [](const Subject& s, Values& v) {
         if (s.match != nullptr) v.add(std::string_view("alert"));
         if (s.app != nullptr) v.add(record::event_type_of(s.app->event.app_proto));
     },
     "alert, dns, tls, http, ...", Kind::event},
    {"event.time", FieldType::time,
     [](const Subject& s, Values& v) {
         if (!s.is_flow()) v.add(static_cast<uint64_t>(s.record.first_ns));
     },
     "time of the packet that completed it", Kind::event},
    {"event.suppressed", FieldType::number,
     [](const Subject& s, Values& v) {
         get_number<&MatchEvent::suppressed>(s, v);
         if (s.app != nullptr) v.add(s.app->event.suppressed);
     },
     "what made no event since the one before, for a limit", Kind::event},
    {"rule.gid", FieldType::number, get_number<&MatchEvent::gid>, "generator of the rule",
     Kind::alert},
    {"rule.rev", FieldType::number, get_number<&MatchEvent::rev>, "revision of the rule",
     Kind::alert},
    {"rule.name", FieldType::text, get_text<&Match::name>, "name of the rule", Kind::alert},
    {"rule.classtype", FieldType::text, get_text<&Match::classtype>, "class of the rule",
     Kind::alert},
    {"rule.action", FieldType::text,
     [](const Subject& s, Values& v) {
         if (s.match != nullptr) v.add(record::action_name(s.match->event.action));
     },
     "tag, alert or capture", Kind::alert},
    {"rule.generation", FieldType::number, get_number<&MatchEvent::generation>,
     "of the ruleset, counted from 1 in each run", Kind::alert},
    {"match.offset", FieldType::number, get_number<&MatchEvent::offset>,
     "behind the match: in the direction's stream, or in the packet's payload", Kind::alert},
    {"match.direction", FieldType::text,
     [](const Subject& s, Values& v) {
         if (s.match != nullptr) v.add(record::direction_name(s.match->event.side));
     },
     "to_server or to_client", Kind::alert},
    {"payload", FieldType::text, get_text<&Match::excerpt>, "bytes up to the end of the match",
     Kind::alert},
    {"stream", FieldType::presence, get_flag<record::on_stream>,
     "found in the bytes of a TCP direction", Kind::alert},
    {"candidate", FieldType::presence, get_flag<record::candidate>,
     "the rule is prefilter only: parts of it were not looked at", Kind::alert},
    {"behind_gap", FieldType::presence, get_flag<record::behind_gap>,
     "bytes of the stream were missing before it", Kind::alert},
};

}  // namespace

std::span<const Field> match_fields() { return fields_of_matches; }

}  // namespace baleen::filter
