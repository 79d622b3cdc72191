// content, its modifiers, pcre, isdataat.
#include <fmt/format.h>

#include "rules/import_payload.h"

namespace baleen::rules {
namespace {

// "!" and the quoted text at the front of a value; what follows stays in `value`.
bool take_quoted(std::string_view& value, bool& negated, std::string_view& text) {
    negated = value.starts_with('!');
    if (negated) value = trim(value.substr(1));
    if (!value.starts_with('"')) return false;
    size_t end = 1;
    while (end < value.size() && value[end] != '"') end += value[end] == '\\' ? 2 : 1;
    if (end >= value.size()) return false;
    text = value.substr(1, end - 1);
    value = trim(value.substr(end + 1));
    return true;
}

// offset and depth count from the start of the buffer, distance and within from the position. An
// engine that finds both kinds at one content refuses the rule.
void set_window(Draft& draft, DraftStep& step, const Option& option) {
    Literal& literal = std::get<Literal>(step.step);
    const Number count = draft.number(option.value, option.name);
    const bool from = option.name == "offset" || option.name == "distance";
    bool& given = option.name == "offset"     ? step.has_offset
                  : option.name == "depth"    ? step.has_depth
                  : option.name == "distance" ? step.has_distance
                                              : step.has_within;
    if (given) draft.fail(fmt::format("{} is given twice for one content", option.name));
    given = true;
    if (option.name != "distance" && count.constant < 0)
        draft.fail(fmt::format("{}: {} is negative", option.name, count.constant));
    if (from) literal.from = count;
    else literal.length = count;
    literal.relative = step.has_distance || step.has_within;
}

// What the modifiers of a content come to, once all are known.
void check_window(Draft& draft, const DraftStep& step) {
    const Literal& literal = std::get<Literal>(step.step);
    const bool absolute = step.has_offset || step.has_depth;
    const bool relative = step.has_distance || step.has_within;
    if ((absolute && relative) || (step.at_start && (absolute || relative)))
        draft.fail(
            "a content counts either from the start of the data or from the match before it");
    if (literal.length && literal.length->variable < 0 &&
        literal.length->constant < static_cast<int64_t>(literal.bytes.size()))
        draft.fail(fmt::format("a content of {} bytes does not fit into {}", literal.bytes.size(),
                               literal.length->constant));
}

}  // namespace

void read_modifier(Draft& draft, const Option& option) {
    DraftStep* step = draft.last_literal(option.name);
    if (step == nullptr) return;
    Literal& literal = std::get<Literal>(step->step);
    if (option.name == "nocase") literal.nocase = true;
    else if (option.name.starts_with("fast_pattern")) literal.fast_pattern = true;
    else if (option.name == "endswith") literal.at_end = true;
    else if (option.name == "startswith") {
        step->at_start = true;
        literal.length = Number{static_cast<int64_t>(literal.bytes.size())};
    } else if (option.name != "rawbytes") {
        // rawbytes: the payload before normalisation, and that is all we have.
        set_window(draft, *step, option);
    }
    check_window(draft, *step);
}

void read_content(Draft& draft, const Option& option) {
    std::string_view value = option.value;
    Literal literal;
    std::string_view text;
    if (!take_quoted(value, literal.negated, text))
        return draft.fail(fmt::format("content: '{}' is not in quotes", value.substr(0, 40)));
    auto bytes = parse_literal(text);
    if (!bytes) return draft.fail("content: " + bytes.error().message);
    literal.bytes = std::move(*bytes);
    draft.add(std::move(literal));
    draft.literal = static_cast<int>(draft.steps.size()) - 1;
    if (value.empty()) return;
    if (!value.starts_with(','))
        return draft.fail(fmt::format("content: '{}' behind the text", value.substr(0, 40)));
    for (const std::string_view modifier : split_list(value.substr(1), ',')) {
        const size_t space = std::min(modifier.find(' '), modifier.size());
        const Option part{modifier.substr(0, space), trim(modifier.substr(space)),
                          space < modifier.size()};
        static constexpr std::string_view known[] = {"nocase",
                                                     "fast_pattern",
                                                     "fast_pattern_offset",
                                                     "fast_pattern_length",
                                                     "rawbytes",
                                                     "offset",
                                                     "depth",
                                                     "distance",
                                                     "within",
                                                     "startswith",
                                                     "endswith"};
        bool is_known = false;
        for (const std::string_view name : known) is_known |= name == part.name;
        if (is_known) read_modifier(draft, part);
        else draft.refuse(fmt::format("content {}", part.name));
    }
}

// The first and the last quote are those around it; others may stand between them unescaped.
void read_pcre(Draft& draft, const Option& option) {
    std::string_view text = option.value;
    Regex regex;
    regex.negated = text.starts_with('!');
    if (regex.negated) text = trim(text.substr(1));
    if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"'))
        return draft.fail(fmt::format("pcre: '{}' is not in quotes", option.value.substr(0, 40)));
    text = unquote(text);
    if (text.starts_with('m') && text.size() > 1) text.remove_prefix(1);  // m#...#, as in Perl
    const size_t close = text.empty() ? 0 : text.rfind(text.front());
    if (close == 0 || close == std::string_view::npos)
        return draft.fail("pcre: there is no expression between two delimiters");
    // \" and \; may stay: PCRE reads a backslash before punctuation as the punctuation.
    regex.pattern = text.substr(1, close - 1);
    bool elsewhere = false;
    for (const char flag : text.substr(close + 1)) {
        switch (flag) {
            case 'i': regex.caseless = true; break;
            case 's': regex.dot_all = true; break;
            case 'm': regex.multi_line = true; break;
            case 'x': regex.extended = true; break;
            case 'A': regex.anchored = true; break;
            case 'E': regex.dollar_end_only = true; break;
            case 'G': regex.ungreedy = true; break;
            case 'R': regex.relative = true; break;
            case 'B':  // the payload before normalisation: it is what we have
            case 'O':  // how long PCRE may search
                break;
            default:  // a part of an HTTP message, or not known: then it may change anything
                draft.refuse_elsewhere(fmt::format("pcre {}", flag));
                elsewhere = true;
        }
    }
    if (elsewhere) draft.add(std::move(regex)).elsewhere = true;
    else draft.add(std::move(regex));
}

// Suricata asks for N bytes behind the position, but for a byte at N (that is, N + 1 bytes) from
// the start; Snort 3 for a byte at N in both cases.
void read_isdataat(Draft& draft, const Option& option) {
    const auto parts = split_list(option.value, ',');
    std::string_view count = parts[0];
    IsDataAt step;
    if (count.starts_with('!')) {
        step.negated = true;
        count = trim(count.substr(1));
    }
    for (size_t i = 1; i < parts.size(); i++) {
        if (parts[i] == "relative") step.relative = true;
        else if (parts[i] != "rawbytes")
            draft.refuse(fmt::format("isdataat {}", parts[i].substr(0, 20)));
    }
    step.bytes = draft.number(count, "isdataat");
    if (draft.dialect == Dialect::snort3 || !step.relative) step.bytes.constant++;
    draft.add(step);
}

}  // namespace baleen::rules
