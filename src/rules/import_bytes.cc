// byte_test, byte_jump, byte_extract.
#include <fmt/format.h>

#include "rules/import_payload.h"

namespace baleen::rules {
namespace {

// Words behind the positional arguments that all three keywords share. False: it is another one.
bool read_shared(Draft& draft, std::string_view keyword, std::string_view word,
                 std::string_view argument, Extraction& number) {
    if (word == "relative") number.relative = true;
    else if (word == "big") number.little_endian = false;
    else if (word == "little") number.little_endian = true;
    else if (word == "string") number.text = true;
    else if (word == "dec") number.text_base = 10;
    else if (word == "hex") number.text_base = 16;
    else if (word == "oct") number.text_base = 8;
    else if (word == "bitmask") number.mask = static_cast<uint64_t>(draft.integer(argument, word));
    else if (word == "dce") {
        // Byte order as the DCE/RPC header has it.
        draft.refuse_elsewhere(fmt::format("{} dce", keyword));
    } else return false;
    return true;
}

struct Words {
    std::string_view word;
    std::string_view argument;
};

Words split_word(std::string_view text) {
    const size_t space = std::min(text.find(' '), text.size());
    return {text.substr(0, space), trim(text.substr(space))};
}

void read_count(Draft& draft, std::string_view text, std::string_view keyword, Extraction& number) {
    const int64_t count = draft.integer(text, keyword);
    // 23 digits are the longest 64-bit number, in octal with its leading zero.
    const int64_t least = draft.dialect == Dialect::suricata ? 0 : 1;
    if (count < least || count > 23) draft.fail(fmt::format("{}: {} bytes", keyword, count));
    number.count = static_cast<uint32_t>(count);
    // A text without a base is decimal in Snort 3 and read by its prefix in Suricata.
    if (draft.dialect == Dialect::suricata) number.text_base = 0;
}

void check(Draft& draft, std::string_view keyword, const Extraction& number) {
    if (!number.text && number.count > 8)
        draft.fail(fmt::format("{}: {} bytes are no number", keyword, number.count));
    if (number.mask == 0) draft.fail(fmt::format("{}: the bitmask is empty", keyword));
}

bool enough(Draft& draft, const Option& option, const std::vector<std::string_view>& parts,
            size_t count) {
    if (parts.size() >= count) return true;
    draft.fail(fmt::format("{}: it takes at least {} arguments", option.name, count));
    return false;
}

bool read_compare(std::string_view text, ByteTest& step) {
    using Compare = ByteTest::Compare;
    if (text.starts_with('!')) {
        step.negated = true;
        text = trim(text.substr(1));
        if (text.empty()) return true;  // a ! alone: not equal
    }
    static constexpr std::pair<std::string_view, Compare> names[] = {
        {"<", Compare::less},    {"<=", Compare::less_equal},    {"=", Compare::equal},
        {">", Compare::greater}, {">=", Compare::greater_equal}, {"&", Compare::bits_and},
        {"^", Compare::bits_xor}};
    for (const auto& [name, compare] : names) {
        if (name != text) continue;
        step.compare = compare;
        return true;
    }
    return false;
}

}  // namespace

void read_byte_test(Draft& draft, const Option& option) {
    const auto parts = split_list(option.value, ',');
    if (!enough(draft, option, parts, 4)) return;
    ByteTest step;
    read_count(draft, parts[0], option.name, step.number);
    if (!read_compare(parts[1], step))
        return draft.fail(fmt::format("byte_test: '{}' is no comparison", parts[1]));
    step.value = draft.number(parts[2], option.name);
    step.number.offset = draft.number(parts[3], option.name);
    for (size_t i = 4; i < parts.size(); i++) {
        const auto [word, argument] = split_word(parts[i]);
        if (!read_shared(draft, option.name, word, argument, step.number))
            draft.refuse(fmt::format("byte_test {}", word));
    }
    check(draft, option.name, step.number);
    draft.add(step);
}

void read_byte_jump(Draft& draft, const Option& option) {
    const auto parts = split_list(option.value, ',');
    if (!enough(draft, option, parts, 2)) return;
    ByteJump step;
    read_count(draft, parts[0], option.name, step.number);
    step.number.offset = draft.number(parts[1], option.name);
    for (size_t i = 2; i < parts.size(); i++) {
        const auto [word, argument] = split_word(parts[i]);
        if (word == "align") step.align = true;
        else if (word == "from_beginning") step.origin = ByteJump::Origin::start;
        else if (word == "from_end") step.origin = ByteJump::Origin::end;
        else if (word == "post_offset") step.post_offset = draft.integer(argument, word);
        else if (word == "multiplier")
            step.multiplier = static_cast<uint64_t>(draft.integer(argument, word));
        else if (!read_shared(draft, option.name, word, argument, step.number))
            draft.refuse(fmt::format("byte_jump {}", word));
    }
    step.may_reach_end = draft.dialect == Dialect::snort3;
    step.stops_at_start = draft.dialect == Dialect::suricata;
    check(draft, option.name, step.number);
    draft.add(step);
}

void read_byte_extract(Draft& draft, const Option& option) {
    const auto parts = split_list(option.value, ',');
    if (!enough(draft, option, parts, 3)) return;
    ByteExtract step;
    read_count(draft, parts[0], option.name, step.number);
    step.number.offset = draft.number(parts[1], option.name);
    int64_t ignored = 0;
    if (parts[2].empty() || parse_integer(parts[2], ignored))
        return draft.fail("byte_extract: a name is missing");
    step.variable = draft.variable(parts[2]);
    for (size_t i = 3; i < parts.size(); i++) {
        const auto [word, argument] = split_word(parts[i]);
        if (word == "multiplier")
            step.multiplier = static_cast<uint64_t>(draft.integer(argument, word));
        else if (word == "align") step.align = static_cast<uint32_t>(draft.integer(argument, word));
        else if (!read_shared(draft, option.name, word, argument, step.number))
            draft.refuse(fmt::format("byte_extract {}", word));
    }
    if (step.align != 0 && step.align != 2 && step.align != 4)
        draft.fail("byte_extract: align is 2 or 4");
    step.steps_by_count = draft.dialect == Dialect::snort3;
    check(draft, option.name, step.number);
    draft.add(step);
}

}  // namespace baleen::rules
