// One rule through the importer.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rules/classification.h"
#include "rules/import.h"

namespace baleen::rules {

inline Imported import_text(const std::string& text, Dialect dialect, bool prefilter = false) {
    Networks networks(default_variables(dialect));
    return import_rule({1, text}, dialect, prefilter, networks, default_severities());
}

// A rule of these options over TCP; `protocol` may be another.
inline std::string with_options(const std::string& options, const std::string& protocol = "tcp") {
    return "alert " + protocol + " any any -> any any (msg:\"t\"; " + options + " sid:7; rev:1;)";
}

// The rule, which must be there and exact.
inline Rule exact_rule(const std::string& options, Dialect dialect = Dialect::suricata,
                       const std::string& protocol = "tcp") {
    const Imported imported = import_text(with_options(options, protocol), dialect);
    EXPECT_EQ(imported.problem, "") << options;
    EXPECT_TRUE(imported.refused.empty()) << options << ": " << imported.refused[0];
    EXPECT_TRUE(imported.rule && !imported.rule->prefilter_only) << options;
    return imported.rule.value_or(Rule{});
}

inline std::vector<std::string> refused(const std::string& options,
                                        Dialect dialect = Dialect::suricata,
                                        const std::string& protocol = "tcp") {
    const Imported imported = import_text(with_options(options, protocol), dialect);
    EXPECT_EQ(imported.problem, "") << options;
    EXPECT_FALSE(imported.rule) << options;
    return imported.refused;
}

inline std::string problem(const std::string& options, Dialect dialect = Dialect::suricata) {
    const Imported imported = import_text(with_options(options), dialect);
    EXPECT_FALSE(imported.rule) << options;
    return imported.problem;
}

template <class StepKind>
const StepKind& step(const Rule& rule, size_t index) {
    static const StepKind none{};
    const auto* found =
        index < rule.steps.size() ? std::get_if<StepKind>(&rule.steps[index]) : nullptr;
    EXPECT_NE(found, nullptr) << "step " << index << " is missing or another";
    return found != nullptr ? *found : none;
}

}  // namespace baleen::rules
