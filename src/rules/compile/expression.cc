#include "rules/compile/expression.h"

#include <fmt/format.h>
#include <hs/hs_compile.h>

#include <algorithm>

namespace baleen::rules::compile {

std::string escape(std::string_view bytes) {
    std::string out;
    out.reserve(4 * bytes.size());
    for (const char byte : bytes)
        out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    return out;
}

Expression of_bytes(std::string_view bytes, bool nocase) {
    Expression expression;
    expression.text = escape(bytes.substr(0, literal_bytes_max));
    expression.flags = HS_FLAG_SINGLEMATCH | (nocase ? HS_FLAG_CASELESS : 0);
    return expression;
}

bool has_fixed_window(const Literal& literal, bool is_first) {
    return (!literal.relative || is_first) && literal.from.variable < 0 &&
           (!literal.length || literal.length->variable < 0);
}

bool fits_window(const Literal& literal) {
    if (!literal.length || literal.length->variable >= 0 || literal.from.variable >= 0) return true;
    return static_cast<int64_t>(literal.bytes.size()) <= literal.length->constant;
}

Expression of_literal(const Literal& literal, bool has_window) {
    Expression expression = of_bytes(literal.bytes, literal.nocase);
    if (!has_window) return expression;
    // Ends of matches of the bytes that are looked for, maybe fewer than those of the literal. A
    // window that begins before the buffer is cut there.
    const auto bytes = std::min(literal.bytes.size(), literal_bytes_max);
    const int64_t from = std::max<int64_t>(literal.from.constant, 0);
    if (from > 0) expression.min_offset = static_cast<uint64_t>(from) + bytes;
    if (!literal.length) return expression;
    const int64_t end = literal.from.constant + literal.length->constant;
    // A window too short for the bytes never matches; hs_compile refuses it, and it is not given.
    const auto left_out = static_cast<int64_t>(literal.bytes.size() - bytes);
    if (end - left_out >= from + static_cast<int64_t>(bytes))
        expression.max_offset = static_cast<uint64_t>(end - left_out);
    return expression;
}

Expression of_regex(const Regex& regex, uint32_t more_flags) {
    Expression expression;
    expression.text = regex.pattern;
    // A comment of extended syntax ends with its line.
    if (regex.anchored) expression.text = "\\A(?:" + regex.pattern + (regex.extended ? "\n)" : ")");
    if (regex.extended) expression.text = "(?x)" + expression.text;
    expression.flags = HS_FLAG_SINGLEMATCH | more_flags;
    if (regex.caseless) expression.flags |= HS_FLAG_CASELESS;
    if (regex.dot_all) expression.flags |= HS_FLAG_DOTALL;
    if (regex.multi_line) expression.flags |= HS_FLAG_MULTILINE;
    return expression;
}

}  // namespace baleen::rules::compile
