// What became of imported rules: shares, and the keywords that stand in the way.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/rule_set.h"

namespace baleen::cli {

struct KeywordReport {
    std::string keyword;
    size_t rules = 0;              // that use it
    size_t alone = 0;              // for which nothing else stands in the way
    std::vector<std::string> ids;  // GID:ID, in the order of the files
};

// The most frequent first.
std::vector<KeywordReport> count_keywords(const std::vector<rules::Refusal>& refused);

// "FILE:LINE:COLUMN: message" each, to standard error.
void print_problems(const rules::RuleSet& set);

std::string format_report(const rules::RuleSet& set, bool list);
std::string format_report_json(const rules::RuleSet& set, bool list);

}  // namespace baleen::cli
