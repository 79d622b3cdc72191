#include "rules/compile/encode.h"

namespace baleen::rules::compile {
namespace {

// Both lists name the same things in the same order; checked at their ends and where they differ
// in nothing but the spelling.
static_assert(static_cast<int>(Field::payload_bytes) ==
              static_cast<int>(ruleset::Field::payload_bytes));
static_assert(static_cast<int>(Field::ttl) == static_cast<int>(ruleset::Field::ttl));
static_assert(static_cast<int>(Field::fragment_offset) ==
              static_cast<int>(ruleset::Field::fragment_offset));
static_assert(static_cast<int>(Field::tcp_acknowledgement) ==
              static_cast<int>(ruleset::Field::tcp_acknowledgement));
static_assert(static_cast<int>(BitsTest::Mode::all) == static_cast<int>(ruleset::BitsMode::all));
static_assert(static_cast<int>(BitsTest::Mode::none) == static_cast<int>(ruleset::BitsMode::none));
static_assert(static_cast<int>(BitsTest::Mode::not_all) ==
              static_cast<int>(ruleset::BitsMode::not_all));
static_assert(static_cast<int>(ByteTest::Compare::equal) ==
              static_cast<int>(ruleset::Compare::equal));
static_assert(static_cast<int>(ByteTest::Compare::bits_xor) ==
              static_cast<int>(ruleset::Compare::bits_xor));
static_assert(static_cast<int>(ByteJump::Origin::end) ==
              static_cast<int>(ruleset::JumpOrigin::end));

struct EncodeTest {
    ruleset::HeaderTest out{};

    void operator()(const FieldTest& test) {
        out.kind = ruleset::TestKind::field;
        out.field = static_cast<ruleset::Field>(test.field);
        out.low = test.low;
        out.high = test.high;
        out.negated = test.negated;
    }
    void operator()(const BitsTest& test) {
        out.kind = ruleset::TestKind::bits;
        out.word = test.word == BitsTest::Word::tcp_flags ? ruleset::BitsWord::tcp_flags
                                                          : ruleset::BitsWord::fragment;
        out.mode = static_cast<ruleset::BitsMode>(test.mode);
        out.bits = test.bits;
        out.mask = test.mask;
    }
    void operator()(const SameAddress&) { out.kind = ruleset::TestKind::same_address; }
    void operator()(const IpOptionTest& test) {
        out.kind = ruleset::TestKind::ip_option;
        out.any = test.any;
        out.bits = test.type;
    }
};

ruleset::Number encode_number(const Number& number) {
    return {number.constant, number.variable, 0};
}

constexpr uint32_t flag_if(bool set, ruleset::StepFlags flag) { return set ? uint32_t{flag} : 0; }

// Fields that do not belong to a kind say "no variable" and nothing else.
struct EncodeStep {
    ruleset::Step out{};

    EncodeStep() { out.from.variable = out.value.variable = out.variable = -1; }

    void operator()(const Literal& step) {
        out.kind = ruleset::StepKind::literal;
        out.flags = flag_if(step.relative, ruleset::relative) |
                    flag_if(step.negated, ruleset::negated) |
                    flag_if(step.nocase, ruleset::nocase) | flag_if(step.at_end, ruleset::at_end) |
                    flag_if(step.length.has_value(), ruleset::has_length);
        out.from = encode_number(step.from);
        if (step.length) out.value = encode_number(*step.length);
    }
    void operator()(const Regex& step) {
        out.kind = ruleset::StepKind::regex;
        out.flags =
            flag_if(step.relative, ruleset::relative) | flag_if(step.negated, ruleset::negated) |
            flag_if(step.caseless, ruleset::nocase) | flag_if(step.dot_all, ruleset::dot_all) |
            flag_if(step.multi_line, ruleset::multi_line) |
            flag_if(step.extended, ruleset::extended) | flag_if(step.anchored, ruleset::anchored) |
            flag_if(step.dollar_end_only, ruleset::dollar_end_only) |
            flag_if(step.ungreedy, ruleset::ungreedy);
    }
    void operator()(const IsDataAt& step) {
        out.kind = ruleset::StepKind::is_data_at;
        out.flags =
            flag_if(step.relative, ruleset::relative) | flag_if(step.negated, ruleset::negated);
        out.from = encode_number(step.bytes);
    }
    void operator()(const ByteTest& step) {
        out.kind = ruleset::StepKind::byte_test;
        encode_extraction(step.number);
        out.compare = static_cast<ruleset::Compare>(step.compare);
        out.flags |= flag_if(step.negated, ruleset::negated);
        out.value = encode_number(step.value);
    }
    void operator()(const ByteJump& step) {
        out.kind = ruleset::StepKind::byte_jump;
        encode_extraction(step.number);
        out.origin = static_cast<ruleset::JumpOrigin>(step.origin);
        out.multiplier = step.multiplier;
        out.post_offset = step.post_offset;
        out.flags |= flag_if(step.align, ruleset::align) |
                     flag_if(step.may_reach_end, ruleset::may_reach_end) |
                     flag_if(step.stops_at_start, ruleset::stops_at_start);
    }
    void operator()(const ByteExtract& step) {
        out.kind = ruleset::StepKind::byte_extract;
        encode_extraction(step.number);
        out.multiplier = step.multiplier;
        out.post_offset = step.align;
        out.variable = step.variable;
        out.flags |= flag_if(step.steps_by_count, ruleset::steps_by_count);
    }

private:
    void encode_extraction(const Extraction& number) {
        out.flags = flag_if(number.relative, ruleset::relative) |
                    flag_if(number.little_endian, ruleset::little_endian) |
                    flag_if(number.text, ruleset::text);
        out.text_base = static_cast<uint8_t>(number.text_base);
        out.count = number.count;
        out.from = encode_number(number.offset);
        out.mask = number.mask;
    }
};

}  // namespace

void encode_flow(const FlowCondition& flow, ruleset::Rule& out) {
    using State = FlowCondition::State;
    using Side = FlowCondition::Side;
    out.flow_state = flow.state == State::any           ? ruleset::FlowState::any
                     : flow.state == State::established ? ruleset::FlowState::established
                                                        : ruleset::FlowState::not_established;
    out.flow_side = flow.side == Side::any         ? ruleset::FlowSide::any
                    : flow.side == Side::to_server ? ruleset::FlowSide::to_server
                                                   : ruleset::FlowSide::to_client;
}

ruleset::HeaderTest encode_test(const HeaderTest& test) {
    EncodeTest encoder;
    std::visit(encoder, test);
    return encoder.out;
}

ruleset::Step encode_step(const Step& step) {
    EncodeStep encoder;
    std::visit(encoder, step);
    return encoder.out;
}

}  // namespace baleen::rules::compile
