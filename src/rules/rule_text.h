// The grammar that Suricata's and Snort's rule files share, as text: which lines make a rule, the
// words of its header, and its options. Nothing here knows what a keyword means.
//
// Bounded: a rule longer than rule_bytes_max, or with more options than options_max, is refused as
// a whole, and the next line is read as if nothing had happened.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace baleen::rules {

// ET Open's longest rule has 5 kB and 60 options.
inline constexpr size_t rule_bytes_max = 64 * 1024;
inline constexpr size_t options_max = 1024;

// One rule, lines joined.
struct RuleLine {
    size_t line;  // of its first character, from 1
    std::string text;
};

struct RuleLines {
    std::vector<RuleLine> rules;
    size_t commented_out = 0;  // lines that would be rules without their #
};

// A line that ends in \ goes on in the next one. So does a rule whose parenthesis is not closed yet
// (as in Snort 3), until a line that begins another rule.
RuleLines split_rules(std::string_view file);

struct Option {
    std::string_view name;
    std::string_view value;  // behind the colon, trimmed; quotes and escapes as written
    bool has_value = false;
};

struct RuleParts {
    std::vector<std::string_view> header;  // words; a [list] is one word, whatever is in it
    std::vector<Option> options;
};

// Views into `text`.
base::Result<RuleParts> split_rule(std::string_view text);

std::string_view trim(std::string_view text);

// Pieces between separators that stand outside of quotes and brackets, trimmed.
std::vector<std::string_view> split_list(std::string_view text, char separator);

// Without its quotes, if it has them.
std::string_view unquote(std::string_view text);

// \" \\ \; \: become what they stand for; other backslashes stay.
std::string unescape(std::string_view text);

// The bytes of a content: |00 ff| is hexadecimal, \ takes the next character as it is (only
// " \ ; : |), everything else stands for itself.
base::Result<std::string> parse_literal(std::string_view text);

}  // namespace baleen::rules
