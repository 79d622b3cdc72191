// Tokens of the flow filter, each with its place in the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "filter/filter.h"

namespace baleen::filter {

enum class TokenKind {
    word,    // field, keyword, number, address, time: [A-Za-z0-9_.:/+-]+
    quoted,  // "..." with \" and \\ resolved
    symbol,  // == != <= >= < > && || ! ( ) { } [ ] , ~
    end,
};

struct Token {
    TokenKind kind;
    std::string text;
    size_t offset;
};

// The last token is `end`.
FilterResult<std::vector<Token>> tokenize(std::string_view text);

}  // namespace baleen::filter
