#include "rules/rule_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace baleen::rules {
namespace {

constexpr std::array<std::string_view, 13> actions = {
    "alert", "block",  "config",     "drop",      "file_id",   "log",    "pass",
    "react", "reject", "rejectboth", "rejectdst", "rejectsrc", "rewrite"};

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

bool begins_rule(std::string_view line) {
    const auto end = std::ranges::find_if(line, [](char c) { return is_space(c) || c == '('; });
    const auto word = line.substr(0, static_cast<size_t>(end - line.begin()));
    return word.size() < line.size() && std::ranges::find(actions, word) != actions.end();
}

// Walks over text and knows at each character whether it stands in quotes and how deep in brackets.
class Scan {
public:
    // Takes one character; true if it is plain: neither quoted nor escaped nor a quote itself.
    bool plain(char c) {
        if (escaped_) {
            escaped_ = false;
            return false;
        }
        if (c == '\\') {
            escaped_ = true;
            return false;
        }
        if (c == '"') {
            quoted_ = !quoted_;
            return false;
        }
        return !quoted_;
    }
    bool in_quotes() const { return quoted_; }

private:
    bool escaped_ = false;
    bool quoted_ = false;
};

// Parentheses opened and not closed by the end of the text.
class Balance {
public:
    void take(std::string_view text) {
        for (const char c : text) {
            if (!scan_.plain(c)) continue;
            if (c == '(') depth_++;
            if (c == ')') depth_--;
        }
    }
    bool is_open() const { return depth_ > 0; }

private:
    Scan scan_;
    int depth_ = 0;
};

std::string_view without_cr(std::string_view line) {
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::optional<uint8_t> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'f') return static_cast<uint8_t>(lower - 'a' + 10);
    return std::nullopt;
}

// Between two bars: pairs of digits, with or without spaces between them.
base::Status append_hex(std::string_view text, std::string& out) {
    int high = -1;
    for (const char c : text) {
        if (c == ' ' && high < 0) continue;
        const auto digit = hex_digit(c);
        if (!digit)
            return base::Error{fmt::format("'|{}|' is not made of hexadecimal pairs", text)};
        if (high < 0) {
            high = *digit;
            continue;
        }
        out += static_cast<char>(high << 4 | *digit);
        high = -1;
    }
    if (high >= 0) return base::Error{fmt::format("'|{}|' has half a byte", text)};
    return base::Ok{};
}

base::Result<Option> parse_option(std::string_view text) {
    const size_t colon = text.find(':');
    Option option{trim(text.substr(0, colon)), {}, colon != std::string_view::npos};
    if (option.has_value) option.value = trim(text.substr(colon + 1));
    if (option.name.empty() || std::ranges::any_of(option.name, is_space))
        return base::Error{fmt::format("'{}' is not an option", text.substr(0, 40))};
    return option;
}

}  // namespace

RuleLines split_rules(std::string_view file) {
    RuleLines out;
    Balance balance;
    bool goes_on = false;
    size_t number = 0;
    for (size_t at = 0; at < file.size();) {
        const size_t end = std::min(file.find('\n', at), file.size());
        std::string_view line = without_cr(file.substr(at, end - at));
        at = end + 1;
        number++;
        std::string_view trimmed = trim(line);
        if (goes_on && begins_rule(line)) goes_on = false;
        if (trimmed.starts_with('#')) {
            trimmed.remove_prefix(std::min(trimmed.find_first_not_of("# \t"), trimmed.size()));
            if (begins_rule(trimmed) && trimmed.find('(') != std::string_view::npos)
                out.commented_out++;
            continue;
        }
        if (trimmed.empty()) continue;
        const bool continued = trimmed.ends_with('\\');
        if (continued) trimmed.remove_suffix(1);
        if (!goes_on) {
            out.rules.push_back({number, {}});
            balance = {};
        }
        // One byte more than allowed is kept, so that the rule is seen to be too long.
        std::string& text = out.rules.back().text;
        if (!text.empty()) text += ' ';
        text += trimmed.substr(0, rule_bytes_max + 1 - std::min(text.size(), rule_bytes_max));
        balance.take(trimmed);
        goes_on = continued || balance.is_open();
    }
    return out;
}

base::Result<RuleParts> split_rule(std::string_view text) {
    if (text.size() > rule_bytes_max)
        return base::Error{fmt::format("the rule is longer than {} bytes", rule_bytes_max)};
    if (!begins_rule(text))
        return base::Error{fmt::format("'{}' does not begin a rule", text.substr(0, 40))};
    const size_t open = text.find('(');
    if (open == std::string_view::npos) return base::Error{"the rule has no options in ( )"};
    RuleParts parts;
    for (const std::string_view word : split_list(text.substr(0, open), ' '))
        if (!word.empty()) parts.header.push_back(word);

    Scan scan;
    size_t from = open + 1;
    size_t at = from;
    for (; at < text.size(); at++) {
        if (!scan.plain(text[at])) continue;
        if (text[at] == ')' && trim(text.substr(at + 1)).empty()) break;
        if (text[at] != ';') continue;
        const std::string_view piece = trim(text.substr(from, at - from));
        from = at + 1;
        if (piece.empty()) continue;
        auto option = parse_option(piece);
        if (!option) return option.error();
        parts.options.push_back(*option);
        if (parts.options.size() > options_max)
            return base::Error{fmt::format("the rule has more than {} options", options_max)};
    }
    if (scan.in_quotes()) return base::Error{"a quote is not closed"};
    if (at >= text.size()) return base::Error{"the closing ) is missing"};
    if (const auto rest = trim(text.substr(from, at - from)); !rest.empty())
        return base::Error{fmt::format("the ; behind '{}' is missing", rest.substr(0, 40))};
    return parts;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split_list(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    Scan scan;
    int depth = 0;
    size_t from = 0;
    for (size_t at = 0; at < text.size(); at++) {
        if (!scan.plain(text[at])) continue;
        if (text[at] == '[') depth++;
        if (text[at] == ']') depth--;
        const bool separates = text[at] == separator || (separator == ' ' && is_space(text[at]));
        if (!separates || depth > 0) continue;
        pieces.push_back(trim(text.substr(from, at - from)));
        from = at + 1;
    }
    pieces.push_back(trim(text.substr(from)));
    return pieces;
}

std::string_view unquote(std::string_view text) {
    const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string unescape(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); i++) {
        const bool escape = text[i] == '\\' && i + 1 < text.size() &&
                            std::string_view("\"\\;:").find(text[i + 1]) != std::string_view::npos;
        if (escape) i++;
        out += text[i];
    }
    return out;
}

base::Result<std::string> parse_literal(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '|') {
            const size_t close = text.find('|', i + 1);
            if (close == std::string_view::npos) return base::Error{"a | is not closed"};
            if (auto hex = append_hex(text.substr(i + 1, close - i - 1), out); !hex)
                return hex.error();
            i = close;
            continue;
        }
        if (text[i] == '\\') {
            if (++i == text.size()) return base::Error{"a \\ stands at the end"};
            if (std::string_view("\"\\;:|").find(text[i]) == std::string_view::npos)
                return base::Error{fmt::format("'\\{}' is no escape", text[i])};
        }
        out += text[i];
    }
    if (out.empty()) return base::Error{"it is empty"};
    return out;
}

}  // namespace baleen::rules
