// What Hyperscan is given to look for on behalf of rules.
//
// Always with HS_FLAG_SINGLEMATCH: that a pattern occurs is all that anybody asks. A rule that a
// pattern is all of has been hit by the first match; any other is judged by its steps once the
// pattern has been seen, and again at the end of the data if that has not decided it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "rules/payload_step.h"

namespace baleen::rules::compile {

struct Expression {
    static constexpr uint64_t no_max = UINT64_MAX;

    std::string text;
    uint32_t flags = 0;  // HS_FLAG_*
    // Where a match may end (hs_expr_ext).
    uint64_t min_offset = 0;
    uint64_t max_offset = no_max;

    bool operator==(const Expression&) const = default;
    bool operator<(const Expression& other) const {
        return std::tie(text, flags, min_offset, max_offset) <
               std::tie(other.text, other.flags, other.min_offset, other.max_offset);
    }
};

// Each byte as \xHH: nothing in it can be taken for syntax.
std::string escape(std::string_view bytes);

Expression of_bytes(std::string_view bytes, bool nocase);

// Longer ones are looked for by their first bytes: Hyperscan refuses texts of more than 16,000
// characters, and \xHH has four.
inline constexpr size_t literal_bytes_max = 2'000;

// With its window if that counts from the start of the buffer and is constant (`has_window`).
Expression of_literal(const Literal& literal, bool has_window);
// Its window can hold it.
bool fits_window(const Literal& literal);
// The window counts from the start of the buffer, by constants. The position of a rule's first
// step is the start.
bool has_fixed_window(const Literal& literal, bool is_first);

// The expression with its flags. Extended syntax is switched on within the text: Hyperscan has no
// flag for it.
Expression of_regex(const Regex& regex, uint32_t more_flags);

}  // namespace baleen::rules::compile
