#include "dataplane/match/leading_run.h"

#include <algorithm>
#include <array>

namespace baleen::match {
namespace {

constexpr size_t none = std::string_view::npos;

// Behind the class that begins at `at`.
size_t class_end(std::string_view text, size_t at) {
    at++;
    if (text.substr(at, 1) == "^") at++;
    if (text.substr(at, 1) == "]") at++;
    for (; at < text.size() && text[at] != ']'; at++) {
        if (text[at] == '\\') at++;
        else if (text.substr(at, 2) == "[:") at = std::min(text.find(":]", at), text.size()) + 1;
    }
    return at < text.size() ? at + 1 : none;
}

// Behind a class, a dot, or an escape for a class, with which the expression begins.
size_t first_atom_end(std::string_view text) {
    constexpr std::string_view classes = "sSwWdD";
    if (text.starts_with('[')) return class_end(text, 0);
    if (text.starts_with('.')) return 1;
    const bool is_escape = text.size() > 1 && text[0] == '\\' && classes.find(text[1]) != none;
    return is_escape ? 2 : none;
}

// Behind *, + or {N,} at `at`: any number more is taken as well.
size_t open_quantifier_end(std::string_view text, size_t at) {
    if (at >= text.size()) return none;
    if (text[at] == '*' || text[at] == '+') return at + 1;
    if (text[at] != '{') return none;
    const size_t comma = text.find_first_not_of("0123456789", at + 1);
    return comma != none && comma > at + 1 && text.substr(comma, 2) == ",}" ? comma + 2 : none;
}

// What follows depends on nothing but the place where it begins, and is not an alternative to what
// was before. Options, verbs, comments and what is quoted are not looked into.
bool is_plain_rest(std::string_view text, size_t at) {
    uint32_t depth = 0;
    while (at < text.size()) {
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        switch (text[at]) {
            case '\\':
                if (next == 'G' || next == 'Q' || next == 'c') return false;
                at += 2;
                continue;
            case '[':
                at = class_end(text, at);
                if (at == none) return false;
                continue;
            case '(':
                if (next == '*') return false;
                if (next == '?' && at + 2 < text.size() &&
                    std::string_view(":=!<>|P").find(text[at + 2]) == none)
                    return false;
                depth++;
                break;
            case ')':
                if (depth == 0) return false;
                depth--;
                break;
            case '|':
                if (depth == 0) return false;
                break;
            default: break;
        }
        at++;
    }
    return true;
}

// As PCRE2 itself reads it.
ByteSet bytes_of(std::string_view atom, uint32_t options, pcre2_compile_context* context) {
    ByteSet bytes;
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(atom.data()), atom.size(),
                                     options | PCRE2_ANCHORED, &error, &offset, context);
    pcre2_match_data* data = code != nullptr ? pcre2_match_data_create(1, nullptr) : nullptr;
    for (uint32_t value = 0; data != nullptr && value < bytes.size(); value++) {
        const auto byte = static_cast<uint8_t>(value);
        bytes[value] = pcre2_match(code, &byte, 1, 0, 0, data, nullptr) > 0;
    }
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return bytes;
}

}  // namespace

ByteSet leading_run(std::string_view expression, uint32_t options, pcre2_compile_context* context) {
    if ((options & PCRE2_EXTENDED) != 0) return {};
    const size_t atom_end = first_atom_end(expression);
    if (atom_end == none) return {};
    const size_t quantifier_end = open_quantifier_end(expression, atom_end);
    if (quantifier_end == none || !is_plain_rest(expression, quantifier_end)) return {};
    return bytes_of(expression.substr(0, atom_end), options, context);
}

}  // namespace baleen::match
