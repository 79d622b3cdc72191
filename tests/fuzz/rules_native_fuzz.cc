// Any bytes as a native rule file: rules that can be used, and a problem for each that cannot.
#include <cstdint>

#include "base/assert.h"
#include "rules/native.h"

using namespace baleen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto native =
        rules::parse_native(text, "fuzz.toml", rules::default_variables(rules::Dialect::suricata));
    BALEEN_ASSERT(native.problems.size() >= native.invalid);
    for (const rules::Rule& rule : native.rules) {
        BALEEN_ASSERT(rule.id != 0 && rule.line != 0 && !rule.steps.empty());
        BALEEN_ASSERT(!rule.src.empty() && !rule.src_ports.empty());
        BALEEN_ASSERT(!rule.dst.empty() && !rule.dst_ports.empty());
    }
    for (const rules::Problem& problem : native.problems)
        BALEEN_ASSERT(!rules::format_problem(problem).empty() && problem.line != 0);
    return 0;
}
