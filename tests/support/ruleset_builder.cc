#include "tests/support/ruleset_builder.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace baleen::test {
namespace {

using ruleset::Slice;
using ruleset::Step;
using ruleset::StepKind;

template <class T>
Slice append(std::vector<T>& section, const std::vector<T>& elements) {
    const Slice slice{static_cast<uint32_t>(section.size()),
                      static_cast<uint32_t>(elements.size())};
    section.insert(section.end(), elements.begin(), elements.end());
    return slice;
}

std::array<uint8_t, 16> address(const std::string& text) {
    std::array<uint8_t, 16> bytes{};
    const bool is_v6 = text.find(':') != std::string::npos;
    if (!is_v6) bytes[10] = bytes[11] = 0xff;
    const int parsed =
        ::inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), &bytes[is_v6 ? 0 : 12]);
    BALEEN_ASSERT(parsed == 1);
    return bytes;
}

std::vector<ruleset::AddressRange> all_addresses() {
    ruleset::AddressRange range{};
    range.last.fill(0xff);
    return {range};
}

// Sections one behind the other, each at a multiple of 64.
class Layout {
public:
    explicit Layout(size_t header_bytes) : image_(header_bytes) {}

    template <class T>
    ruleset::Section add(const std::vector<T>& elements) {
        return {add_bytes(elements.data(), elements.size() * sizeof(T)), elements.size()};
    }
    // Zeros if `elements` are none.
    template <class T>
    ruleset::Section add_table(const std::vector<T>& elements, size_t count) {
        if (!elements.empty()) return add(elements);
        const uint64_t offset = next();
        image_.resize(offset + count * sizeof(T));
        return {offset, count};
    }
    uint64_t add_bytes(const void* from, size_t count) {
        const uint64_t offset = next();
        image_.resize(offset + count);
        if (count > 0) std::memcpy(image_.span().data() + offset, from, count);
        return offset;
    }
    ImageBytes& image() { return image_; }

private:
    uint64_t next() { return (image_.span().size() + 63) / 64 * 64; }

    ImageBytes image_;
};

}  // namespace

StepDraft::StepDraft(StepKind kind, std::string_view text) : bytes(text) {
    step.kind = kind;
    step.from.variable = step.value.variable = step.variable = -1;
    step.mask = UINT64_MAX;
    step.multiplier = 1;
}
StepDraft& StepDraft::with(uint32_t flags) {
    step.flags |= flags;
    return *this;
}
StepDraft& StepDraft::from(int64_t constant, int32_t variable) {
    step.from = {constant, variable, 0};
    return *this;
}
StepDraft& StepDraft::length(int64_t constant, int32_t variable) {
    step.value = {constant, variable, 0};
    return with(ruleset::has_length);
}
StepDraft& StepDraft::mask(uint64_t value) {
    step.mask = value;
    return *this;
}
StepDraft& StepDraft::multiply(uint64_t value) {
    step.multiplier = value;
    return *this;
}
StepDraft& StepDraft::post_offset(int64_t value) {
    step.post_offset = value;
    return *this;
}
StepDraft& StepDraft::round_up_to(int64_t value) { return post_offset(value); }
StepDraft& StepDraft::jump_from(ruleset::JumpOrigin origin) {
    step.origin = origin;
    return *this;
}
StepDraft& StepDraft::text(uint8_t base) {
    step.text_base = base;
    return with(ruleset::text);
}

StepDraft literal(std::string_view bytes) { return StepDraft(StepKind::literal, bytes); }
StepDraft regex(std::string_view expression) { return StepDraft(StepKind::regex, expression); }
StepDraft is_data_at(int64_t bytes) { return StepDraft(StepKind::is_data_at).from(bytes); }
StepDraft byte_test(uint32_t count, ruleset::Compare compare, int64_t value, int64_t offset,
                    int32_t value_variable) {
    StepDraft draft(StepKind::byte_test);
    draft.step.count = count;
    draft.step.compare = compare;
    draft.step.value = {value, value_variable, 0};
    return draft.from(offset);
}
StepDraft byte_jump(uint32_t count, int64_t offset) {
    StepDraft draft(StepKind::byte_jump);
    draft.step.count = count;
    return draft.from(offset);
}
StepDraft byte_extract(uint32_t count, int64_t offset, int32_t variable) {
    StepDraft draft(StepKind::byte_extract);
    draft.step.count = count;
    draft.step.variable = variable;
    return draft.from(offset);
}

std::string describe(const StepDraft& draft) {
    static constexpr std::string_view kinds[] = {"literal",   "regex",     "is_data_at",
                                                 "byte_test", "byte_jump", "byte_extract"};
    const Step& s = draft.step;
    return fmt::format(
        "{} '{}' flags {:#x} from {}+v{} value {}+v{} count {} compare {} origin {} base {} mask "
        "{:#x} multiplier {} post_offset {} sets v{}",
        kinds[static_cast<uint32_t>(s.kind)], draft.bytes, s.flags, s.from.constant,
        s.from.variable, s.value.constant, s.value.variable, s.count,
        static_cast<uint32_t>(s.compare), static_cast<uint32_t>(s.origin), s.text_base, s.mask,
        s.multiplier, s.post_offset, s.variable);
}

ruleset::HeaderTest field_test(ruleset::Field field, uint64_t low, uint64_t high, bool negated) {
    ruleset::HeaderTest test{};
    test.kind = ruleset::TestKind::field;
    test.field = field;
    test.low = low;
    test.high = high;
    test.negated = negated ? 1 : 0;
    return test;
}
ruleset::HeaderTest bits_test(ruleset::BitsWord word, ruleset::BitsMode mode, uint8_t bits,
                              uint8_t mask) {
    ruleset::HeaderTest test{};
    test.kind = ruleset::TestKind::bits;
    test.word = word;
    test.mode = mode;
    test.bits = bits;
    test.mask = mask;
    return test;
}
ruleset::HeaderTest same_address_test() {
    ruleset::HeaderTest test{};
    test.kind = ruleset::TestKind::same_address;
    return test;
}
ruleset::HeaderTest ip_option_test(uint8_t type) {
    ruleset::HeaderTest test{};
    test.kind = ruleset::TestKind::ip_option;
    test.bits = type;
    return test;
}
ruleset::HeaderTest any_ip_option_test() {
    ruleset::HeaderTest test = ip_option_test(0);
    test.any = 1;
    return test;
}

ruleset::AddressRange address_range(const std::string& text) {
    const size_t dash = text.find('-');
    return {address(text.substr(0, dash)),
            address(dash == std::string::npos ? text : text.substr(dash + 1))};
}

RuleDraft::RuleDraft(uint32_t id) : src(all_addresses()), dst(all_addresses()) {
    rule.gid = 1;
    rule.id = id;
    rule.rev = 1;
    rule.severity = 3;
    rule.action = ruleset::Action::alert;
    rule.protocols = (1u << ruleset::protocol_count) - 1;
    rule.flags = ruleset::on_packets | ruleset::on_streams;
}

RuleDraft& RuleDraft::step(const StepDraft& draft) {
    steps.push_back(draft);
    for (const int32_t variable :
         {draft.step.from.variable, draft.step.value.variable, draft.step.variable})
        rule.variable_count = std::max(rule.variable_count, static_cast<uint32_t>(variable + 1));
    return *this;
}

ImageBytes::ImageBytes(size_t size) { resize(size); }

ImageBytes::ImageBytes(std::span<const uint8_t> bytes) : ImageBytes(bytes.size()) {
    if (!bytes.empty()) std::memcpy(blocks_.data()->bytes, bytes.data(), bytes.size());
}

void ImageBytes::resize(size_t size) {
    // Room for the tables, and for what else a small ruleset has.
    constexpr size_t tables_bytes = ruleset::port_table_count * sizeof(ruleset::PortClasses);
    if (size >= sizeof(ruleset::Header)) blocks_.reserve(tables_bytes / sizeof(Block) + 1000);
    size_ = size;
    blocks_.resize(size / sizeof(Block) + 1);
}

RulesetBuilder::RulesetBuilder() : group_of_(ruleset::group_of_count) {
    header_.magic = ruleset::image_magic;
    header_.version = ruleset::image_version;
    header_.header_bytes = sizeof(ruleset::Header);
    constexpr std::string_view version = "5.4.0";
    std::ranges::copy(version, header_.hyperscan_version.begin());
}

Slice RulesetBuilder::add_text(std::string_view text) {
    return append(blob_, std::vector<uint8_t>(text.begin(), text.end()));
}

uint32_t RulesetBuilder::add(const RuleDraft& draft) {
    ruleset::Rule rule = draft.rule;
    rule.name = add_text(draft.name);
    rule.classtype = add_text(draft.classtype);
    rule.src = append(addresses_, draft.src);
    rule.dst = append(addresses_, draft.dst);
    rule.src_ports = append(ports_, draft.src_ports);
    rule.dst_ports = append(ports_, draft.dst_ports);
    rule.tests = append(header_tests_, draft.tests);
    std::vector<Step> steps;
    for (const StepDraft& one : draft.steps) {
        Step step = one.step;
        step.bytes = add_text(one.bytes);
        if (step.kind == StepKind::regex) step.regex = header_.regex_count++;
        steps.push_back(step);
    }
    rule.steps = append(steps_, steps);
    rules_.push_back(rule);
    return static_cast<uint32_t>(rules_.size()) - 1;
}

uint32_t RulesetBuilder::add_pattern(const std::vector<uint32_t>& rules) {
    patterns_.push_back({append(pattern_rules_, rules)});
    return static_cast<uint32_t>(patterns_.size()) - 1;
}

uint32_t RulesetBuilder::add_database(std::string_view serialised, ruleset::DatabaseMode mode,
                                      uint32_t pattern_count, uint64_t stream_bytes) {
    databases_.push_back({0, serialised.size(), mode, pattern_count, stream_bytes});
    serialised_.emplace_back(serialised);
    return static_cast<uint32_t>(databases_.size()) - 1;
}

uint32_t RulesetBuilder::add_group(const GroupDraft& draft) {
    ruleset::Group group{};
    group.packet_database = draft.packet_database;
    group.stream_database = draft.stream_database;
    group.packet_rules = append(rule_lists_, draft.packet_rules);
    group.stream_rules = append(rule_lists_, draft.stream_rules);
    group.keeps_bytes = draft.keeps_bytes ? 1 : 0;
    group.rule_count = draft.rule_count;
    groups_.push_back(group);
    return static_cast<uint32_t>(groups_.size()) - 1;
}

void RulesetBuilder::set_port_class(ruleset::Protocol protocol, ruleset::Side side, uint16_t port,
                                    uint8_t port_class) {
    BALEEN_ASSERT(protocol == ruleset::Protocol::tcp || protocol == ruleset::Protocol::udp);
    const uint32_t table =
        static_cast<uint32_t>(protocol) * ruleset::side_count + static_cast<uint32_t>(side);
    port_classes_.resize(ruleset::port_table_count);
    port_classes_[table][port] = port_class;
}

void RulesetBuilder::set_group(ruleset::Protocol protocol, ruleset::Side side, uint8_t port_class,
                               uint32_t group) {
    const uint32_t table =
        static_cast<uint32_t>(protocol) * ruleset::side_count + static_cast<uint32_t>(side);
    group_of_[table * ruleset::class_count_max + port_class] = static_cast<uint16_t>(group);
}

ImageBytes RulesetBuilder::build() const {
    ruleset::Header header = header_;
    Layout layout(sizeof header);
    auto groups = groups_;
    if (groups.empty()) {
        groups.push_back({});
        groups[0].packet_database = groups[0].stream_database = ruleset::absent;
    }
    auto databases = databases_;
    for (size_t i = 0; i < databases.size(); i++)
        databases[i].offset = layout.add_bytes(serialised_[i].data(), serialised_[i].size());
    header.rules = layout.add(rules_);
    header.addresses = layout.add(addresses_);
    header.ports = layout.add(ports_);
    header.header_tests = layout.add(header_tests_);
    header.steps = layout.add(steps_);
    header.patterns = layout.add(patterns_);
    header.pattern_rules = layout.add(pattern_rules_);
    header.rule_lists = layout.add(rule_lists_);
    header.groups = layout.add(groups);
    header.group_of = layout.add(group_of_);
    header.port_classes = layout.add_table(port_classes_, ruleset::port_table_count);
    header.databases = layout.add(databases);
    header.blob = layout.add(blob_);
    header.image_bytes = layout.image().span().size();
    layout.image().header() = header;
    return std::move(layout.image());
}

}  // namespace baleen::test
