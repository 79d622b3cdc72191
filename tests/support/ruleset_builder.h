// Compiled rulesets made by hand, for tests of whoever reads them.
//
//     RulesetBuilder rules;
//     rules.add(RuleDraft(7).step(literal("GET ").from(0).length(4))
//                           .step(regex("\\d+").with(relative)));
//     const ImageBytes bytes = rules.build();
//     const auto image = ruleset::Image::open(bytes.span());
//
// A rule looks at everything unless told otherwise; every packet and stream has group 0, which is
// there even if none is added.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "baleen/ruleset.h"

namespace baleen::test {

// A step and its bytes. What is not set is 0, `mask` has all bits, `multiplier` is 1.
class StepDraft {
public:
    explicit StepDraft(ruleset::StepKind kind, std::string_view bytes = "");

    StepDraft& with(uint32_t flags);  // ruleset::StepFlags
    // Offset or distance; of is_data_at, how many bytes; of numbers, where.
    StepDraft& from(int64_t constant, int32_t variable = -1);
    StepDraft& length(int64_t constant, int32_t variable = -1);  // depth or within
    StepDraft& mask(uint64_t value);
    StepDraft& multiply(uint64_t value);
    StepDraft& post_offset(int64_t value);
    StepDraft& round_up_to(int64_t value);  // byte_extract
    StepDraft& jump_from(ruleset::JumpOrigin origin);
    StepDraft& text(uint8_t base);

    ruleset::Step step{};
    std::string bytes;
};

StepDraft literal(std::string_view bytes);
StepDraft regex(std::string_view expression);
StepDraft is_data_at(int64_t bytes);
StepDraft byte_test(uint32_t count, ruleset::Compare compare, int64_t value, int64_t offset = 0,
                    int32_t value_variable = -1);
StepDraft byte_jump(uint32_t count, int64_t offset = 0);
StepDraft byte_extract(uint32_t count, int64_t offset, int32_t variable);
// So that a failed test can say what it was about.
std::string describe(const StepDraft& draft);

ruleset::HeaderTest field_test(ruleset::Field field, uint64_t low, uint64_t high,
                               bool negated = false);
ruleset::HeaderTest bits_test(ruleset::BitsWord word, ruleset::BitsMode mode, uint8_t bits,
                              uint8_t mask = 0xff);
ruleset::HeaderTest same_address_test();
ruleset::HeaderTest ip_option_test(uint8_t type);
ruleset::HeaderTest any_ip_option_test();

// "10.0.0.1", "10.0.0.0-10.0.0.255" or the same in IPv6.
ruleset::AddressRange address_range(const std::string& text);

struct RuleDraft {
    explicit RuleDraft(uint32_t id);
    RuleDraft& step(const StepDraft& draft);

    ruleset::Rule rule{};  // slices are filled in by the builder, the count of variables by step()
    std::string name = "a rule";
    std::string classtype;
    std::vector<ruleset::AddressRange> src;
    std::vector<ruleset::AddressRange> dst;
    std::vector<ruleset::PortRange> src_ports{{0, UINT16_MAX}};
    std::vector<ruleset::PortRange> dst_ports{{0, UINT16_MAX}};
    std::vector<ruleset::HeaderTest> tests;
    std::vector<StepDraft> steps;
};

struct GroupDraft {
    uint32_t packet_database = ruleset::absent;
    uint32_t stream_database = ruleset::absent;
    std::vector<uint32_t> packet_rules;
    std::vector<uint32_t> stream_rules;
    bool keeps_bytes = false;
    uint32_t rule_count = 0;
};

// Bytes that begin where an image may.
class ImageBytes {
public:
    explicit ImageBytes(size_t size);
    explicit ImageBytes(std::span<const uint8_t> bytes);
    void resize(size_t size);
    std::span<const uint8_t> span() const { return {blocks_.data()->bytes, size_}; }
    std::span<uint8_t> span() { return {blocks_.data()->bytes, size_}; }
    ruleset::Header& header() { return *reinterpret_cast<ruleset::Header*>(span().data()); }

private:
    struct alignas(64) Block {
        uint8_t bytes[64];
    };
    size_t size_ = 0;
    std::vector<Block> blocks_;
};

class RulesetBuilder {
public:
    RulesetBuilder();

    // Each returns the index of what it adds.
    uint32_t add(const RuleDraft& draft);
    uint32_t add_pattern(const std::vector<uint32_t>& rules);
    uint32_t add_database(std::string_view serialised, ruleset::DatabaseMode mode,
                          uint32_t pattern_count, uint64_t stream_bytes = 0);
    uint32_t add_group(const GroupDraft& draft);

    void set_port_class(ruleset::Protocol protocol, ruleset::Side side, uint16_t port,
                        uint8_t port_class);
    void set_group(ruleset::Protocol protocol, ruleset::Side side, uint8_t port_class,
                   uint32_t group);
    // Content hash, CPU features and the like.
    ruleset::Header& header() { return header_; }

    ImageBytes build() const;

private:
    ruleset::Slice add_text(std::string_view text);

    ruleset::Header header_{};
    std::vector<ruleset::Rule> rules_;
    std::vector<ruleset::AddressRange> addresses_;
    std::vector<ruleset::PortRange> ports_;
    std::vector<ruleset::HeaderTest> header_tests_;
    std::vector<ruleset::Step> steps_;
    std::vector<ruleset::Pattern> patterns_;
    std::vector<uint32_t> pattern_rules_;
    std::vector<uint32_t> rule_lists_;
    std::vector<ruleset::Group> groups_;
    std::vector<uint16_t> group_of_;
    std::vector<ruleset::PortClasses> port_classes_;  // none: all 0
    std::vector<ruleset::Database> databases_;        // `offset` is filled in by build()
    std::vector<std::string> serialised_;
    std::vector<uint8_t> blob_;
};

}  // namespace baleen::test
