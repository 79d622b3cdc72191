#include "filter/lexer.h"

#include <gtest/gtest.h>

#include "tests/unit/random.h"

namespace baleen::filter {
namespace {

using namespace std::string_view_literals;

std::vector<Token> tokens_of(std::string_view text) {
    auto result = tokenize(text);
    if (const auto* error = std::get_if<FilterError>(&result)) {
        ADD_FAILURE() << format_error(text, *error);
        return {};
    }
    return std::get<0>(std::move(result));
}

// "word port@0 symbol ==@4 end @6": kinds, texts and places at a glance.
std::string describe(std::string_view text) {
    std::string out;
    for (const Token& token : tokens_of(text)) {
        constexpr std::string_view kinds[] = {"word", "quoted", "symbol", "end"};
        out += out.empty() ? "" : " ";
        out += kinds[static_cast<int>(token.kind)];
        out += " " + token.text + "@" + std::to_string(token.offset);
    }
    return out;
}

FilterError lexer_error_of(std::string_view text) {
    const auto result = tokenize(text);
    const auto* error = std::get_if<FilterError>(&result);
    EXPECT_NE(error, nullptr) << text;
    return error != nullptr ? *error : FilterError{};
}

TEST(Tokenize, EndsWithTheEnd) {
    EXPECT_EQ(describe(""), "end @0");
    EXPECT_EQ(describe(" \t\r\n\v\f "), "end @7");
    EXPECT_EQ(describe("tcp "), "word tcp@0 end @4");
}

TEST(Tokenize, NeedsNoSpaceAroundSymbols) {
    EXPECT_EQ(describe("port==80"), "word port@0 symbol ==@4 word 80@6 end @8");
    EXPECT_EQ(describe("!tcp&&(udp||ip)"),
              "symbol !@0 word tcp@1 symbol &&@4 symbol (@6 word udp@7 symbol ||@10 word ip@12 "
              "symbol )@14 end @15");
    EXPECT_EQ(describe("port in{80,443}"),
              "word port@0 word in@5 symbol {@7 word 80@8 symbol ,@10 word 443@11 symbol }@14 "
              "end @15");
    EXPECT_EQ(describe("[a]"), "symbol [@0 word a@1 symbol ]@2 end @3");
}

TEST(Tokenize, TakesTheLongestSymbol) {
    EXPECT_EQ(describe("<=>=!==<>=="),
              "symbol <=@0 symbol >=@2 symbol !=@4 symbol =@6 symbol <@7 "
              "symbol >=@8 symbol =@10 end @11");
    EXPECT_EQ(describe("!!="), "symbol !@0 symbol !=@1 end @3");
}

TEST(Tokenize, ReadsATildeAsMatches) {
    EXPECT_EQ(describe("in_iface~eth"), "word in_iface@0 word matches@8 word eth@9 end @12");
}

TEST(Tokenize, KeepsAddressesTimesRangesAndNamesWhole) {
    for (const auto word :
         {"10.0.0.0/8", "2001:db8::1/32", "::", "::ffff:10.0.0.1", "2024-05-01T12:00:00.5+02:00",
          "80..90", "80-90", "ipv6-icmp", "tcp.flags.syn", "in_iface", "0x1f", "1.5s", "-1", "a"}) {
        const auto tokens = tokens_of(word);
        ASSERT_EQ(tokens.size(), 2u) << word;
        EXPECT_EQ(tokens[0].kind, TokenKind::word) << word;
        EXPECT_EQ(tokens[0].text, word);
    }
}

TEST(Tokenize, ResolvesQuotesAndBackslashesInQuotedTexts) {
    constexpr struct {
        std::string_view written, meant;
    } cases[] = {
        {R"("")", ""},
        {R"("a b")", "a b"},
        {R"("a\"b")", "a\"b"},
        {R"("a\\b")", "a\\b"},
        {R"("\\")", "\\"},
        {R"("\d+")", R"(\d+)"},  // expressions keep their own escapes
        {R"("&& ~ {")", "&& ~ {"},
        {"\"\n\"", "\n"},
        {"\"caf\xc3\xa9\"", "caf\xc3\xa9"},
    };
    for (const auto& [written, meant] : cases) {
        const auto tokens = tokens_of(written);
        ASSERT_EQ(tokens.size(), 2u) << written;
        EXPECT_EQ(tokens[0].kind, TokenKind::quoted) << written;
        EXPECT_EQ(tokens[0].text, meant);
        EXPECT_EQ(tokens[1].offset, written.size());
    }
    EXPECT_EQ(describe(R"(a"b"c)"), "word a@0 quoted b@1 word c@4 end @5");
}

TEST(Tokenize, PointsAtTheQuoteThatIsNotClosed) {
    for (const auto text : {R"(in_iface == ")", R"(in_iface == "eth0)", R"(in_iface == "eth0\")"}) {
        const auto error = lexer_error_of(text);
        EXPECT_EQ(error.offset, 12u) << text;
        EXPECT_EQ(error.message, "this text has no closing quote");
    }
}

TEST(Tokenize, PointsAtTheCharacterThatCannotStandThere) {
    constexpr struct {
        std::string_view text;
        size_t offset;
        std::string_view character;
    } cases[] = {
        {"port == $", 8, "$"}, {"tcp & udp", 4, "&"}, {"tcp | udp", 4, "|"}, {"'tcp'", 0, "'"},
        {"a;b", 1, ";"},       {"10%", 2, "%"},       {"\0"sv, 0, "\0"sv},   {"a\\b", 1, "\\"},
    };
    for (const auto& [text, offset, character] : cases) {
        const auto error = lexer_error_of(text);
        EXPECT_EQ(error.offset, offset) << text;
        EXPECT_EQ(error.message, "'" + std::string(character) + "' cannot stand here");
    }
}

TEST(Tokenize, AccountsForEveryByteOfAnyText) {
    test::Random random;
    constexpr std::string_view alphabet = "ab0.:/+-_ \t\"\\=!<>&|(){}[],~";
    for (int i = 0; i < 20'000; i++) {
        std::string text(random.below(40), ' ');
        for (char& c : text)
            c = random.one_in(50) ? static_cast<char>(random.below(256)) : random.pick(alphabet);
        const auto result = tokenize(text);
        if (const auto* error = std::get_if<FilterError>(&result)) {
            ASSERT_LT(error->offset, text.size()) << text;
            continue;
        }
        const auto& tokens = std::get<0>(result);
        ASSERT_EQ(tokens.back().kind, TokenKind::end);
        ASSERT_EQ(tokens.back().offset, text.size());
        size_t end = 0;
        for (const Token& token : tokens) {
            // Between tokens there is nothing but white space; a quoted text has its own bytes.
            ASSERT_GE(token.offset, end) << text;
            for (; end < token.offset; end++)
                ASSERT_NE(std::isspace(static_cast<unsigned char>(text[end])), 0) << text;
            if (token.kind == TokenKind::quoted) {
                end++;
                while (text[end] != '"')
                    end += text[end] == '\\' && (text[end + 1] == '"' || text[end + 1] == '\\') ? 2
                                                                                                : 1;
                end++;
            } else if (text[token.offset] == '~') {
                ASSERT_EQ(token.text, "matches");
                end++;
            } else {
                ASSERT_EQ(text.substr(token.offset, token.text.size()), token.text);
                end += token.text.size();
            }
        }
        ASSERT_EQ(end, text.size()) << text;
    }
}

}  // namespace
}  // namespace baleen::filter
