#include "filter/lexer.h"

#include <fmt/format.h>

#include <array>
#include <cctype>

namespace baleen::filter {
namespace {

bool is_word_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_.:/+-").find(c) != std::string_view::npos;
}

constexpr std::array<std::string_view, 17> symbols = {
    "==", "!=", "<=", ">=", "&&", "||", "!", "<", ">", "=", "(", ")", "{", "}", "[", "]", ","};

}  // namespace

FilterResult<std::vector<Token>> tokenize(std::string_view text) {
    std::vector<Token> tokens;
    for (size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            at++;
            continue;
        }
        if (c == '"') {
            Token token{TokenKind::quoted, "", at};
            size_t i = at + 1;
            for (; i < text.size() && text[i] != '"'; i++) {
                if (text[i] == '\\' && i + 1 < text.size() &&
                    (text[i + 1] == '"' || text[i + 1] == '\\'))
                    i++;
                token.text += text[i];
            }
            if (i == text.size()) return FilterError{at, "this text has no closing quote"};
            tokens.push_back(std::move(token));
            at = i + 1;
            continue;
        }
        if (c == '~') {
            tokens.push_back({TokenKind::word, "matches", at++});
            continue;
        }
        std::string_view symbol;
        for (const std::string_view candidate : symbols)
            if (symbol.empty() && text.substr(at).starts_with(candidate)) symbol = candidate;
        if (!symbol.empty()) {
            tokens.push_back({TokenKind::symbol, std::string(symbol), at});
            at += symbol.size();
            continue;
        }
        size_t end = at;
        while (end < text.size() && is_word_character(text[end])) end++;
        if (end == at) return FilterError{at, fmt::format("'{}' cannot stand here", c)};
        tokens.push_back({TokenKind::word, std::string(text.substr(at, end - at)), at});
        at = end;
    }
    tokens.push_back({TokenKind::end, "", text.size()});
    return tokens;
}

}  // namespace baleen::filter
