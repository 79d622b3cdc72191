// Any bytes as a file of rules, in both dialects, exact and as prefilter: every rule of it is
// loaded, refused with a reason, or invalid with a reason.
#include <cstdint>

#include "base/assert.h"
#include "rules/rule_set.h"

using namespace baleen;

namespace {

void check_steps(const rules::Rule& rule) {
    const auto known = [&](const rules::Number& number) {
        BALEEN_ASSERT(number.variable < static_cast<int>(rule.variables.size()));
    };
    for (const rules::Step& step : rule.steps) {
        if (const auto* literal = std::get_if<rules::Literal>(&step)) {
            BALEEN_ASSERT(!literal->bytes.empty());
            known(literal->from);
            if (literal->length) known(*literal->length);
        } else if (const auto* regex = std::get_if<rules::Regex>(&step)) {
            BALEEN_ASSERT(!regex->pattern.empty());
        } else if (const auto* test = std::get_if<rules::ByteTest>(&step)) {
            known(test->value);
            BALEEN_ASSERT(test->number.text || test->number.count <= 8);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto dialect : {rules::Dialect::suricata, rules::Dialect::snort3}) {
        for (const bool prefilter : {false, true}) {
            rules::LoadOptions options;
            options.dialect = dialect;
            options.prefilter = prefilter;
            rules::RuleSet set;
            rules::load_text(text, "fuzz.rules", options, set);
            const rules::Counts& counts = set.counts;
            BALEEN_ASSERT(counts.rules ==
                          counts.exact + counts.prefilter + counts.refused + counts.invalid);
            BALEEN_ASSERT(set.rules.size() == counts.exact + counts.prefilter);
            BALEEN_ASSERT(set.problems.size() == counts.invalid);
            BALEEN_ASSERT(counts.payload_only_exact <= counts.payload_only);
            for (const rules::Rule& rule : set.rules) {
                BALEEN_ASSERT(rule.id != 0 && (prefilter || !rule.prefilter_only));
                BALEEN_ASSERT(!rule.src.empty() || !rule.dst.empty());
                check_steps(rule);
            }
        }
    }
    // By content, too.
    rules::RuleSet set;
    rules::load_text(text, "fuzz.rules", {}, set);
    return 0;
}
