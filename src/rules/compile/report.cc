#include "rules/compile/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "rules/rule_set.h"

namespace baleen::rules::compile {

void describe(const ruleset::Image& image, Report& report) {
    report.rules = static_cast<uint32_t>(image.rules().size());
    report.image_bytes = image.header().image_bytes;
    for (const ruleset::Database& database : image.databases()) {
        report.databases.push_back(
            {database.mode, database.pattern_count, database.bytes, database.stream_bytes, 0});
        report.database_bytes += database.bytes;
        report.stream_bytes_max = std::max(report.stream_bytes_max, database.stream_bytes);
    }
    const auto classes = image.port_classes();
    const auto group_of = image.group_of();
    for (uint32_t table = 0; table < ruleset::protocol_count * ruleset::side_count; table++) {
        std::array<uint32_t, ruleset::class_count_max> port_counts{};
        if (table < classes.size())
            for (const uint8_t c : classes[table]) port_counts[c]++;
        const size_t first = size_t{table} * ruleset::class_count_max;
        for (uint32_t c = 0; c < ruleset::class_count_max; c++) {
            if (c > 0 && port_counts[c] == 0) continue;
            const ruleset::Group& group = image.groups()[group_of[first + c]];
            report.groups.push_back({static_cast<ruleset::Protocol>(table / ruleset::side_count),
                                     static_cast<ruleset::Side>(table % ruleset::side_count),
                                     port_counts[c], group.rule_count, group.packet_database,
                                     group.stream_database, group.packet_rules.count,
                                     group.stream_rules.count});
        }
    }
}

std::vector<std::string> format_notes(std::span<const RuleNote> notes,
                                      std::span<const Rule> rules) {
    std::vector<std::string> lines;
    for (const RuleNote& note : notes) {
        const Rule& rule = rules[note.rule];
        lines.push_back(format_problem(
            {rule.file, rule.line, 0, fmt::format("rule {}:{}: {}", rule.gid, rule.id, note.why)}));
    }
    return lines;
}

}  // namespace baleen::rules::compile
