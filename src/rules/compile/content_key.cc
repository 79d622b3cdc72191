#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rules/compile/compile.h"
#include "rules/compile/plan.h"
#include "rules/compile/sections.h"
#include "rules/compile/sha256.h"

namespace baleen::rules::compile {
namespace {

// Raised when the same rules come to give another image.
constexpr uint64_t compiler_version = 2;

void add_options(const CompileOptions& options, Sha256& hash) {
    const hs_platform_info_t platform = platform_of(options);
    hash.add(std::string_view(::hs_version()));
    hash.add(uint64_t{platform.tune});
    hash.add(uint64_t{platform.cpu_features});
    hash.add(uint64_t{options.class_max});
    // Limits decide which expressions are there at all.
    hash.add(static_cast<uint64_t>(options.expression_time_max.count()));
    hash.add(options.expression_bytes_max);
}

}  // namespace

ContentKey content_key(const RuleSet& set, const CompileOptions& options) {
    Sha256 hash;
    hash.add(compiler_version);
    hash.add(uint64_t{ruleset::image_version});
    add_options(options, hash);
    Sections sections;
    for (const Rule& rule : set.rules) {
        // More variables than an image can hold: not in it, but notes count the rules of the set.
        const bool has_place = rule.variables.size() <= ruleset::variables_max;
        hash.add(uint64_t{has_place});
        hash.add(uint64_t{rule.gid} << 32 | rule.id);
        if (has_place) sections.add(rule);
        for (const Step& step : rule.steps)
            if (const auto* literal = std::get_if<Literal>(&step))
                hash.add(uint64_t{literal->fast_pattern});
    }
    hash.add_all(sections.rules);
    hash.add_all(sections.addresses);
    hash.add_all(sections.ports);
    hash.add_all(sections.header_tests);
    hash.add_all(sections.steps);
    hash.add(std::string_view(sections.blob));
    return hash.finish();
}

std::string to_hex(const ContentKey& key) { return fmt::format("{:02x}", fmt::join(key, "")); }

}  // namespace baleen::rules::compile
