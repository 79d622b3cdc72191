// What compiling has come to, for people and programs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "baleen/ruleset.h"
#include "rules/rule.h"
#include "ruleset/image.h"

namespace baleen::rules::compile {

struct DatabaseReport {
    ruleset::DatabaseMode mode;
    uint32_t patterns;
    uint64_t bytes;
    uint64_t stream_bytes;
    double seconds;  // 0 if it comes from the cache
};

struct GroupReport {
    ruleset::Protocol protocol;
    ruleset::Side side;
    uint32_t ports;  // how many; 0: they do not tell
    uint32_t rules;
    uint32_t packet_database;
    uint32_t stream_database;
    uint32_t packet_rules;  // that are judged on everything
    uint32_t stream_rules;
};

// Of a rule, by its index in the set.
struct RuleNote {
    uint32_t rule;
    std::string why;

    bool operator==(const RuleNote&) const = default;
};

// By PatternKind, then those without a pattern that look at payload, and those that do not.
struct PatternCounts {
    uint32_t direct = 0;
    uint32_t literal = 0;
    uint32_t regex = 0;
    uint32_t prefilter = 0;
    uint32_t weak = 0;
    uint32_t without = 0;
    uint32_t headers_only = 0;

    bool operator==(const PatternCounts&) const = default;
};

struct Report {
    std::vector<DatabaseReport> databases;
    std::vector<GroupReport> groups;
    PatternCounts counts;
    uint32_t rules = 0;               // in the image
    std::vector<RuleNote> dropped;    // not in the image
    std::vector<RuleNote> expensive;  // judged on everything, or looked for at every byte
    uint64_t image_bytes = 0;
    uint64_t database_bytes = 0;
    uint64_t scratch_bytes = 0;  // of one worker; 0: not known, the machine is another one
    uint64_t stream_bytes_max = 0;
    uint64_t compile_peak_bytes = 0;  // of one child
    double seconds = 0;
    bool cached = false;

    // In use, by so many workers.
    uint64_t memory_bytes(uint32_t worker_count) const {
        return image_bytes + database_bytes + worker_count * scratch_bytes;
    }
};

// What an image itself can tell.
void describe(const ruleset::Image& image, Report& report);

// "FILE:LINE: rule GID:ID: why" of each.
std::vector<std::string> format_notes(std::span<const RuleNote> notes, std::span<const Rule> rules);

}  // namespace baleen::rules::compile
