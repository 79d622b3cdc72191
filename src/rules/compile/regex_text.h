// What can be told of a Perl-compatible expression by reading it, without an engine.
//
// Whatever is doubtful is told as if it were there: every question is asked so that a needless yes
// costs speed at most.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/payload_step.h"

namespace baleen::rules::compile {

struct RegexText {
    bool begins_with_caret = false;
    bool asks_start = false;        // \A \G, or ^ elsewhere than at the front
    bool asks_end = false;          // $ \z \Z
    bool ends_with_dollar = false;  // the only one that asks for the end, and all must pass it
    bool asks_word_edge = false;    // \b \B
    bool looks_ahead = false;       // (?= (?!
    bool looks_behind = false;      // (?<= (?<!
    // What has matched may not be given back (atomic groups, possessive repeats, verbs), or which
    // way is taken is a condition: more data may undo a match.
    bool commits = false;
    bool sets_options = false;  // within the text, others than i and s
    bool alternates = false;    // | outside of all groups
    bool caseless = false;      // all of it or some part
    // Runs of bytes that every match has; none if they cannot be told.
    std::vector<std::string> runs;
    // The expression is nothing but these bytes.
    std::optional<std::string> whole;
};

RegexText read_regex(const Regex& regex);

}  // namespace baleen::rules::compile
