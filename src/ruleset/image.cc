#include "ruleset/image.h"

#include <fmt/format.h>

namespace baleen::ruleset {
namespace {

constexpr uint64_t section_align_bytes = 64;

bool within(Slice slice, uint64_t count) { return uint64_t{slice.first} + slice.count <= count; }
// Enumerators count from 0.
template <class Enum>
bool named(Enum value, Enum last) {
    return static_cast<uint32_t>(value) <= static_cast<uint32_t>(last);
}

bool lies_inside(const Section& section, uint64_t element_bytes, uint64_t image_bytes) {
    return section.offset % section_align_bytes == 0 && section.offset <= image_bytes &&
           section.count <= (image_bytes - section.offset) / element_bytes;
}

}  // namespace

base::Result<Image> Image::open(std::span<const uint8_t> bytes) {
    if (bytes.size() < sizeof(Header)) return base::Error{"the ruleset is cut short"};
    const Image image(bytes);
    if (image.header().magic != image_magic) return base::Error{"this is no compiled ruleset"};
    if (image.header().version != image_version)
        return base::Error{fmt::format("the ruleset has layout version {}, this program reads {}",
                                       image.header().version, image_version)};
    if (image.header().image_bytes != bytes.size())
        return base::Error{fmt::format("the ruleset should have {} bytes and has {}",
                                       image.header().image_bytes, bytes.size())};
    if (const char* problem = image.find_problem())
        return base::Error{fmt::format("the ruleset is damaged: {}", problem)};
    return image;
}

const char* Image::find_problem() const {
    if (const char* problem = find_section_problem()) return problem;
    for (const Rule& rule : rules())
        if (const char* problem = find_rule_problem(rule)) return problem;
    for (const Step& step : steps())
        if (const char* problem = find_step_problem(step)) return problem;
    for (const Pattern& pattern : patterns())
        if (!within(pattern.rules, header().pattern_rules.count)) return "a pattern's rules";
    for (const Section* list : {&header().pattern_rules, &header().rule_lists})
        for (const uint32_t rule : of<uint32_t>(*list))
            if (rule >= rules().size()) return "the number of a rule";
    for (const HeaderTest& test : of<HeaderTest>(header().header_tests))
        if (!named(test.kind, TestKind::ip_option) ||
            !named(test.field, Field::tcp_acknowledgement) ||
            !named(test.word, BitsWord::fragment) || !named(test.mode, BitsMode::not_all))
            return "a header test";
    for (const Database& database : databases())
        if (database.offset > bytes_.size() || database.bytes > bytes_.size() - database.offset ||
            database.offset % section_align_bytes != 0 ||
            !named(database.mode, DatabaseMode::stream))
            return "a database";
    return find_group_problem();
}

const char* Image::find_section_problem() const {
    const Header& h = header();
    const struct {
        const Section& section;
        uint64_t element_bytes;
    } sections[section_count] = {{h.rules, sizeof(Rule)},
                                 {h.addresses, sizeof(AddressRange)},
                                 {h.ports, sizeof(PortRange)},
                                 {h.header_tests, sizeof(HeaderTest)},
                                 {h.steps, sizeof(Step)},
                                 {h.patterns, sizeof(Pattern)},
                                 {h.pattern_rules, sizeof(uint32_t)},
                                 {h.rule_lists, sizeof(uint32_t)},
                                 {h.groups, sizeof(Group)},
                                 {h.group_of, sizeof(uint16_t)},
                                 {h.port_classes, sizeof(PortClasses)},
                                 {h.databases, sizeof(Database)},
                                 {h.blob, sizeof(uint8_t)}};
    for (const auto& [section, element_bytes] : sections)
        if (!lies_inside(section, element_bytes, bytes_.size())) return "the place of a section";
    if (h.group_of.count != group_of_count || h.port_classes.count != port_table_count)
        return "the size of a table";
    if (h.hyperscan_version.back() != '\0') return "Hyperscan's version";
    return nullptr;
}

const char* Image::find_rule_problem(const Rule& rule) const {
    const Header& h = header();
    if (!named(rule.action, Action::capture) ||
        !named(rule.flow_state, FlowState::not_established) ||
        !named(rule.flow_side, FlowSide::to_client) || !named(rule.rate_kind, RateKind::exceeded) ||
        !named(rule.rate_track, RateTrack::by_rule))
        return "a rule's conditions";
    if (!within(rule.name, h.blob.count) || !within(rule.classtype, h.blob.count) ||
        !within(rule.src, h.addresses.count) || !within(rule.dst, h.addresses.count) ||
        !within(rule.src_ports, h.ports.count) || !within(rule.dst_ports, h.ports.count) ||
        !within(rule.tests, h.header_tests.count) || !within(rule.steps, h.steps.count))
        return "what a rule refers to";
    if (rule.variable_count > variables_max) return "the number of a rule's variables";
    for (const Step& step : steps(rule.steps))
        for (const int32_t variable : {step.from.variable, step.value.variable, step.variable})
            if (variable < -1 || variable >= static_cast<int32_t>(rule.variable_count))
                return "the variable of a step";
    return nullptr;
}

const char* Image::find_step_problem(const Step& step) const {
    if (!named(step.kind, StepKind::byte_extract) || !named(step.compare, Compare::bits_xor) ||
        !named(step.origin, JumpOrigin::end))
        return "a step";
    if (!within(step.bytes, header().blob.count)) return "the bytes of a step";
    const bool is_regex = step.kind == StepKind::regex;
    if (is_regex && step.regex >= header().regex_count) return "the number of an expression";
    // An extraction always keeps what it reads.
    if (step.kind == StepKind::byte_extract && step.variable < 0) return "the variable of a step";
    return find_number_problem(step);
}

const char* Image::find_number_problem(const Step& step) const {
    constexpr uint32_t binary_bytes_max = 8;
    if (step.kind != StepKind::byte_test && step.kind != StepKind::byte_jump &&
        step.kind != StepKind::byte_extract)
        return nullptr;
    const bool is_text = (step.flags & StepFlags::text) != 0;
    if (!is_text && step.count > binary_bytes_max) return "the bytes of a number";
    const uint8_t base = step.text_base;
    if (is_text && base != 0 && base != 8 && base != 10 && base != 16)
        return "the base of a number";
    return nullptr;
}

const char* Image::find_group_problem() const {
    const auto is_database = [&](uint32_t index, DatabaseMode mode) {
        return index == absent || (index < databases().size() && databases()[index].mode == mode);
    };
    for (const Group& group : groups())
        if (!is_database(group.packet_database, DatabaseMode::block) ||
            !is_database(group.stream_database, DatabaseMode::stream) ||
            !within(group.packet_rules, header().rule_lists.count) ||
            !within(group.stream_rules, header().rule_lists.count))
            return "a group";
    for (const uint16_t group : group_of())
        if (group >= groups().size()) return "the number of a group";
    return nullptr;
}

}  // namespace baleen::ruleset
