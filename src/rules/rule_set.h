// All rules of some files, of any format, and what became of those that are not among them.
//
// Formats: native (*.toml), Suricata's and Snort 3's (anything else; told apart by how the rules
// are written). Whatever is wrong with a rule, the others are loaded.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/networks.h"
#include "rules/rule.h"

namespace baleen::rules {

struct Problem {
    std::string file;
    size_t line = 0;    // 0: the file as a whole
    size_t column = 0;  // 0: not known
    std::string message;
};
// "FILE:LINE:COLUMN: message".
std::string format_problem(const Problem& problem);

// A rule that cannot be expressed, or (if it is among the rules as prefilter) not all of it.
struct Refusal {
    std::string file;
    size_t line = 0;
    uint32_t gid = 1;
    uint32_t id = 0;
    std::vector<std::string> keywords;  // sorted
};

struct Counts {
    size_t rules = 0;      // in the files, commented out ones aside
    size_t exact = 0;      // loaded, and mean what they say
    size_t prefilter = 0;  // loaded without their refused parts
    size_t refused = 0;    // not loaded
    size_t invalid = 0;    // not loaded
    size_t commented_out = 0;
    size_t payload_only = 0;  // ask for payload, headers and flow state alone
    size_t payload_only_exact = 0;
};

struct LoadOptions {
    std::optional<Dialect> dialect;  // none: file by file, by content
    bool prefilter = false;
    bool every_hit = false;  // no rate limits, and rules that only tag alert
    std::vector<std::pair<std::string, std::string>> variables;  // over those built in
    std::string classification;  // file; empty: priorities that are built in
};

struct RuleSet {
    std::vector<Rule> rules;
    std::vector<Problem> problems;
    std::vector<Refusal> refused;
    Counts counts;
};

RuleSet load_rules(const std::vector<std::string>& paths, const LoadOptions& options);

// One file that is read already. Duplicates are found among all of `set`.
void load_text(std::string_view text, const std::string& file, const LoadOptions& options,
               RuleSet& set);

}  // namespace baleen::rules
