// What a rule looks for in the payload: an ordered list of steps, and what each one means.
//
// A rule is judged on a *buffer*: the payload of one packet, or the bytes of one direction of a TCP
// flow (Rule::scope says which). A *position* in the buffer starts at 0 and is moved by some steps.
// The rule hits if there is a way to choose a match for each step so that all steps hold in order:
// where a step matches at several places, every one of them may be the place that the later,
// relative steps hang on. (Suricata and Snort search the same way, by going back to the step that
// the failed one hangs on. They give up after thousands of attempts; this definition does not.)
//
// Common to all steps: `relative` makes the position the origin of all counts, else it is the start
// of the buffer. A negated step never moves the position. A step that would read beyond either end
// of the buffer fails; only Literal, Regex and IsDataAt that are negated hold then.
//
// The end of a stream is the last byte scanned of the direction. A negated step is judged over the
// whole buffer, thus on a stream only once the direction has ended or its depth is reached.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace baleen::rules {

// Where a step looks. Protocol fields (a URI, a server name) become further names here.
enum class Buffer { payload };

// A count written in the rule, or such a count added to what a ByteExtract before it has read.
struct Number {
    int64_t constant = 0;
    int variable = -1;  // index of Rule::variables, -1: none

    bool operator==(const Number&) const = default;
};

// The bytes lie within the window that begins `from` bytes after the origin and is `length` bytes
// long (none: to the end of the buffer). This is offset and depth, or, if relative, distance and
// within: `within` counts from the position moved by `distance`, `depth` from `offset`. A window
// that begins before the buffer is cut there, its end stays. The position moves behind the match.
// Negated: the window has no match.
struct Literal {
    std::string bytes;
    bool nocase = false;  // ASCII letters only
    bool negated = false;
    bool relative = false;
    bool at_end = false;        // the match ends where the buffer ends
    bool fast_pattern = false;  // a hint of the author: the rarest literal. Changes nothing
    Number from;
    std::optional<Number> length;
    Buffer buffer = Buffer::payload;

    bool operator==(const Literal&) const = default;
};

// A Perl-compatible expression. Relative: the expression sees the buffer from the position on, and
// nothing before it (^ is the position). It may match at any start; of the matches at one start it
// is the one that PCRE prefers. The position moves behind the match.
// Negated: there is no match at all.
struct Regex {
    std::string pattern;           // without delimiters
    bool caseless = false;         // i
    bool dot_all = false;          // s
    bool multi_line = false;       // m
    bool extended = false;         // x
    bool anchored = false;         // A: matches only begin at the origin
    bool dollar_end_only = false;  // E: $ does not match before a final newline
    bool ungreedy = false;         // G: greed inverted
    bool negated = false;
    bool relative = false;
    Buffer buffer = Buffer::payload;

    bool operator==(const Regex&) const = default;
};

// At least `bytes` bytes follow the origin. Engines count differently; importers level that.
struct IsDataAt {
    Number bytes;
    bool relative = false;
    bool negated = false;
    Buffer buffer = Buffer::payload;

    bool operator==(const IsDataAt&) const = default;
};

// A number in the buffer: `count` bytes, `offset` bytes after the origin, all inside of the buffer.
// Binary (up to 8 bytes), or text as strtoull reads it from exactly these bytes: leading space,
// then at least one digit, and what follows the digits is ignored. A count of 0 (Suricata) is the
// number 0 in binary, and in text all digits that there are. Then `mask` is applied, and the result
// shifted right by the zeros at the low end of the mask.
struct Extraction {
    uint32_t count = 1;
    Number offset;
    bool relative = false;
    bool little_endian = false;
    bool text = false;
    uint32_t text_base = 10;  // 8, 10, 16; 0: by its prefix (0x, 0)
    uint64_t mask = ~uint64_t{0};
    Buffer buffer = Buffer::payload;

    bool operator==(const Extraction&) const = default;
};

// `bits_and`: the number and the value have a bit in common; `bits_xor`: they differ. Negation
// inverts the comparison: where the number cannot be read, the step fails all the same.
struct ByteTest {
    enum class Compare { less, less_equal, equal, greater_equal, greater, bits_and, bits_xor };
    Extraction number;
    Compare compare = Compare::equal;
    bool negated = false;
    Number value;

    bool operator==(const ByteTest&) const = default;
};

// Moves the position: number x multiplier, rounded up to a multiple of 4 if `align`, plus
// `post_offset`, counted from one of three places. In a text the place behind the number is that
// behind its last digit. Beyond the end it fails.
struct ByteJump {
    enum class Origin { behind_number, start, end };
    Extraction number;
    uint64_t multiplier = 1;
    bool align = false;
    int64_t post_offset = 0;
    Origin origin = Origin::behind_number;
    bool may_reach_end = false;   // the place behind the last byte is allowed (Snort)
    bool stops_at_start = false;  // a place before the buffer becomes its start (Suricata)

    bool operator==(const ByteJump&) const = default;
};

// Keeps a number for later steps: number x multiplier, rounded up to a multiple of `align` if that
// is not 0.
// The position moves behind the number. In Snort it only moves by the bytes read, whatever `offset`
// was: `steps_by_count`.
struct ByteExtract {
    Extraction number;
    uint64_t multiplier = 1;
    uint32_t align = 0;
    int variable = 0;  // index of Rule::variables
    bool steps_by_count = false;

    bool operator==(const ByteExtract&) const = default;
};

using Step = std::variant<Literal, Regex, IsDataAt, ByteTest, ByteJump, ByteExtract>;

// It hangs on the position.
inline bool is_relative(const Step& step) {
    struct Relative {
        bool operator()(const Literal& s) const { return s.relative; }
        bool operator()(const Regex& s) const { return s.relative; }
        bool operator()(const IsDataAt& s) const { return s.relative; }
        bool operator()(const ByteTest& s) const { return s.number.relative; }
        bool operator()(const ByteJump& s) const { return s.number.relative; }
        bool operator()(const ByteExtract& s) const { return s.number.relative; }
    };
    return std::visit(Relative{}, step);
}

}  // namespace baleen::rules
