#include "dataplane/protocol/flow_facts.h"

#include <array>
#include <cstring>
#include <utility>

#include "baleen/application.h"

namespace baleen::protocol {
namespace {

using application::FieldReader;

// A name, a fingerprint and a few short values fill one or two of these.
constexpr uint32_t block_bytes = 128;

// The events of a flow that its facts are taken from: a resolver's connection has millions, and
// looking at all of them would cost more than it tells. A record has room for some 20 names.
constexpr uint32_t events_looked_at = 16;

constexpr std::array<bool, application::field_numbers_end> told_fields = [] {
    std::array<bool, application::field_numbers_end> told{};
    for (const application::FieldInfo& info : application::fields)
        told.at(static_cast<uint16_t>(info.id)) = info.place == application::Place::flow;
    return told;
}();

bool is_told(const FieldReader& field) {
    return field.number() < told_fields.size() && told_fields[field.number()];
}

bool holds(std::span<const uint8_t> fields, const FieldReader& wanted) {
    for (FieldReader field(fields); field.next();)
        if (field.number() == wanted.number() && field.text() == wanted.text()) return true;
    return false;
}

}  // namespace

base::Result<FlowFacts> FlowFacts::create(uint64_t bytes) {
    auto kept = stream::KeptBytes::create(bytes, record::application_bytes_max, block_bytes);
    if (!kept) return kept.error();
    FlowFacts facts;
    facts.kept_ = std::move(*kept);
    return facts;
}

void FlowFacts::add(Facts& facts, std::span<const uint8_t> fields) {
    facts.events++;
    if (facts.is_full != 0) return;
    facts.is_full = facts.events >= events_looked_at ? 1 : 0;
    for (FieldReader field(fields); field.next();) {
        if (!is_told(field) || holds(kept_.view(facts.fields), field)) continue;
        const std::span<const uint8_t> whole = field.whole();
        if (facts.fields.bytes + whole.size() > record::application_bytes_max) continue;
        if (!kept_.append(facts.fields, whole)) {
            left_out_++;
            facts.is_full = 1;
            return;
        }
    }
}

void FlowFacts::write(const Facts& facts, record::Application& section) {
    const auto fields = kept_.view(facts.fields);
    section.app_proto = facts.app_proto;
    section.events = facts.events;
    section.field_bytes = static_cast<uint16_t>(fields.size());
    if (!fields.empty()) std::memcpy(section.fields.data(), fields.data(), fields.size());
}

}  // namespace baleen::protocol
