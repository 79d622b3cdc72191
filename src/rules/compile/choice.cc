#include "rules/compile/choice.h"

#include <hs/hs_compile.h>

#include <algorithm>
#include <optional>

#include "rules/compile/rarity.h"
#include "rules/compile/regex_text.h"

namespace baleen::rules::compile {
namespace {

// The author's own choice is taken from this length on; he knows the traffic better than a table.
constexpr size_t fast_pattern_bytes_min = 4;

const Literal* positive_literal(const Step& step) {
    const auto* literal = std::get_if<Literal>(&step);
    return literal != nullptr && !literal->negated && !literal->bytes.empty() ? literal : nullptr;
}

const Regex* positive_regex(const Step& step) {
    const auto* regex = std::get_if<Regex>(&step);
    return regex != nullptr && !regex->negated ? regex : nullptr;
}

std::optional<Candidate> direct_literal(const Literal& literal) {
    if (literal.at_end || literal.bytes.size() > literal_bytes_max ||
        !has_fixed_window(literal, true))
        return std::nullopt;
    return Candidate{of_literal(literal, true), PatternKind::direct};
}

// Hyperscan has bytes to look for, or the start of the data to begin at: else it follows the
// expression from every byte on.
bool is_selective(const Regex& regex, const RegexText& text) {
    if (regex.anchored || (text.begins_with_caret && !text.alternates && !regex.multi_line))
        return true;
    return std::ranges::any_of(text.runs, [&](const std::string& run) {
        return rarity(run, text.caseless) >= rarity_min;
    });
}

// Hyperscan's semantics of "there is a match" are PCRE's except where the end of the data, or a
// newline that is its last byte, is asked for: PCRE's ^ of many lines does not match behind that,
// which only tells where something else than a byte may follow the ^. Options within the text are
// left to PCRE, except two that change single bytes only.
std::optional<Candidate> direct_regex(const Regex& regex) {
    const RegexText text = read_regex(regex);
    if (text.asks_end || text.asks_word_edge || text.looks_ahead || text.looks_behind ||
        text.commits || text.sets_options || (regex.multi_line && text.asks_start))
        return std::nullopt;
    if (text.whole && !regex.anchored)
        return Candidate{of_bytes(*text.whole, regex.caseless), PatternKind::direct};
    return Candidate{of_regex(regex, 0), PatternKind::direct, true, is_selective(regex, text)};
}

// Bytes that must occur, and how rare they are.
struct Bytes {
    Expression expression;
    uint32_t rarity = 0;
    size_t size = 0;
};

Bytes best_bytes(const Rule& rule) {
    Bytes best;
    const auto offer = [&](Expression expression, uint32_t value, size_t size) {
        if (value > best.rarity || (value == best.rarity && size > best.size))
            best = {std::move(expression), value, size};
    };
    for (size_t i = 0; i < rule.steps.size(); i++) {
        const Step& step = rule.steps[i];
        if (const Literal* literal = positive_literal(step)) {
            const auto bytes = std::string_view(literal->bytes).substr(0, literal_bytes_max);
            const bool preferred =
                literal->fast_pattern && literal->bytes.size() >= fast_pattern_bytes_min;
            offer(of_literal(*literal, has_fixed_window(*literal, i == 0)),
                  preferred ? rarity_max + 1 : rarity(bytes, literal->nocase), bytes.size());
        } else if (const Regex* regex = positive_regex(step)) {
            const RegexText text = read_regex(*regex);
            for (const std::string& run : text.runs)
                offer(of_bytes(run, text.caseless), rarity(run, text.caseless), run.size());
        }
    }
    return best;
}

// What an expression that is only a trigger may be weakened to, or nothing if a match of it need
// not be one in the whole buffer.
std::optional<Regex> as_trigger(const Regex& regex, bool is_first) {
    const RegexText text = read_regex(regex);
    Regex weaker = regex;
    if (regex.relative && !is_first) {
        // It sees nothing of what is before the position, which Hyperscan does not know.
        if (text.asks_start || text.asks_word_edge || text.looks_behind || text.sets_options)
            return std::nullopt;
        if (text.begins_with_caret) weaker.pattern.erase(0, 1);
        weaker.anchored = false;
    }
    // Its match without the end is seen as soon as it is there.
    if (text.ends_with_dollar) weaker.pattern.pop_back();
    return weaker;
}

void add_regexes(const Rule& rule, std::vector<Candidate>& out) {
    for (const uint32_t prefilter : {0, HS_FLAG_PREFILTER})
        for (size_t i = 0; i < rule.steps.size(); i++) {
            const Regex* regex = positive_regex(rule.steps[i]);
            if (regex == nullptr) continue;
            if (const auto weaker = as_trigger(*regex, i == 0))
                out.push_back({of_regex(*weaker, prefilter),
                               prefilter != 0 ? PatternKind::prefilter : PatternKind::regex, true,
                               is_selective(*weaker, read_regex(*weaker))});
        }
}

// A match may be undone, or change its end, with bytes to come.
bool may_be_undone(const RegexText& text) {
    return text.asks_end || text.asks_word_edge || text.looks_ahead || text.commits ||
           text.sets_options;
}

// A number of as many digits as there are.
bool is_open(const Extraction& number) { return number.text && number.count == 0; }

struct MindsEnd {
    // Where the match ends is where a later step begins. The match that PCRE prefers may be a
    // longer one once there is more data.
    bool is_followed;

    bool operator()(const Literal& s) const { return s.negated || s.at_end; }
    bool operator()(const Regex& s) const {
        const RegexText text = read_regex(s);
        return s.negated || may_be_undone(text) || (is_followed && !text.whole);
    }
    bool operator()(const IsDataAt& s) const { return s.negated; }
    bool operator()(const ByteTest& s) const { return is_open(s.number); }
    bool operator()(const ByteJump& s) const {
        return is_open(s.number) || s.origin == ByteJump::Origin::end;
    }
    bool operator()(const ByteExtract& s) const { return is_open(s.number); }
};

}  // namespace

std::vector<Candidate> candidates(const Rule& rule) {
    std::vector<Candidate> out;
    if (rule.steps.size() == 1) {
        const Literal* literal = positive_literal(rule.steps[0]);
        const Regex* regex = positive_regex(rule.steps[0]);
        auto direct = literal != nullptr ? direct_literal(*literal)
                      : regex != nullptr ? direct_regex(*regex)
                                         : std::nullopt;
        if (direct) out.push_back(std::move(*direct));
    }
    const Bytes bytes = best_bytes(rule);
    const bool is_rare = bytes.size >= 2 && bytes.rarity >= rarity_min;
    const PatternKind kind = is_rare ? PatternKind::literal : PatternKind::weak;
    // Two bytes, however frequent, are better than an expression in which no bytes are certain:
    // had it any that are rare, they would be these. One byte is the last resort.
    if (bytes.size < 2) add_regexes(rule, out);
    if (bytes.size > 0) out.push_back({bytes.expression, kind});
    return out;
}

bool is_judged_at_end(const Rule& rule) {
    for (size_t i = 0; i < rule.steps.size(); i++) {
        const bool is_followed = i + 1 < rule.steps.size() &&
                                 std::ranges::any_of(rule.steps.begin() + static_cast<int>(i) + 1,
                                                     rule.steps.end(), is_relative);
        if (std::visit(MindsEnd{is_followed}, rule.steps[i])) return true;
    }
    return false;
}

bool is_impossible(const Rule& rule) {
    return std::ranges::any_of(rule.steps, [&](const Step& step) {
        const Literal* literal = positive_literal(step);
        if (literal == nullptr) return false;
        const bool is_first = &step == rule.steps.data();
        if (!fits_window(*literal)) return true;
        if (!has_fixed_window(*literal, is_first) || !literal->length) return false;
        // The window is cut at the start of the buffer.
        const int64_t end = literal->from.constant + literal->length->constant;
        return end - std::max<int64_t>(literal->from.constant, 0) <
               static_cast<int64_t>(literal->bytes.size());
    });
}

}  // namespace baleen::rules::compile
