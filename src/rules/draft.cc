#include "rules/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace baleen::rules {

DraftStep& Draft::add(Step step) {
    DraftStep& added = steps.emplace_back();
    added.step = std::move(step);
    added.elsewhere = in_buffer;
    added.resets = resets_next;
    resets_next = false;
    return added;
}

DraftStep* Draft::last_literal(std::string_view modifier) {
    if (literal >= 0) return &steps[static_cast<size_t>(literal)];
    fail(fmt::format("{}: there is no content before it", modifier));
    return nullptr;
}

int64_t Draft::integer(std::string_view text, std::string_view what) {
    int64_t value = 0;
    if (!parse_integer(text, value)) fail(fmt::format("{}: '{}' is not a number", what, text));
    return value;
}

Number Draft::number(std::string_view text, std::string_view what) {
    Number number;
    if (parse_integer(text, number.constant)) return number;
    const auto found = std::ranges::find(rule.variables, text);
    if (found == rule.variables.end())
        fail(fmt::format("{}: '{}' is neither a number nor extracted before", what, text));
    else number.variable = static_cast<int>(found - rule.variables.begin());
    return number;
}

int Draft::variable(std::string_view name) {
    const auto found = std::ranges::find(rule.variables, name);
    if (found != rule.variables.end()) return static_cast<int>(found - rule.variables.begin());
    rule.variables.emplace_back(name);
    return static_cast<int>(rule.variables.size()) - 1;
}

bool parse_integer(std::string_view text, int64_t& value) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex) text.remove_prefix(2);
    // Nothing that counts bytes or is found in a header has more than 32 bits.
    uint32_t magnitude = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), magnitude, hex ? 16 : 10);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    value = negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude);
    return true;
}

namespace {

bool parse_value(std::string_view text, uint64_t highest, uint64_t& value) {
    int64_t number = 0;
    if (!parse_integer(trim(text), number) || number < 0) return false;
    value = static_cast<uint64_t>(number);
    return value <= highest;
}

}  // namespace

std::string parse_range(std::string_view text, uint64_t highest, FieldTest& test) {
    const std::string wrong =
        fmt::format("'{}' is not a number or range of 0 to {}", text, highest);
    for (const std::string_view between : {"<=>", "<>"}) {
        const size_t at = text.find(between);
        if (at == std::string_view::npos) continue;
        if (!parse_value(text.substr(0, at), highest, test.low) ||
            !parse_value(text.substr(at + between.size()), highest, test.high))
            return wrong;
        if (between == "<>") {
            if (test.low + 1 >= test.high) return fmt::format("nothing is within '{}'", text);
            test.low++;
            test.high--;
        }
        return test.low <= test.high ? "" : fmt::format("nothing is within '{}'", text);
    }
    const size_t digits = std::min(text.find_first_not_of("!<>= "), text.size());
    const std::string_view compare = trim(text.substr(0, digits));
    uint64_t value = 0;
    if (!parse_value(text.substr(digits), highest, value)) return wrong;
    test.low = test.high = value;
    test.negated = compare == "!" || compare == "!=";
    if (compare == ">" || compare == ">=") test.high = highest;
    if (compare == "<" || compare == "<=") test.low = 0;
    if ((compare == ">" && value == highest) || (compare == "<" && value == 0))
        return fmt::format("nothing is within '{}'", text);
    if (compare == ">") test.low++;
    if (compare == "<") test.high--;
    const bool known = compare.empty() || compare == "=" || compare == "==" || test.negated ||
                       compare == "<" || compare == ">" || compare == "<=" || compare == ">=";
    return known ? "" : wrong;
}

}  // namespace baleen::rules
