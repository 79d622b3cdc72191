// From rules to an image that the data plane can load (include/baleen/ruleset.h).
//
// Owns: the order of the steps. A pattern for every rule (choice.h, plan.h), groups of traffic
// (groups.h), databases of the groups' patterns (layout.h, database.h), and the bytes of it all
// (sections.h, assemble.h). Runs in the control process and may take minutes; what may get out of
// hand is done in child processes (child.h).
//
// Must hold: the same rules, options, Hyperscan and CPU give the same content key, and the image is
// made of nothing else. A bad rule is dropped with a reason, the others are compiled.
#pragma once

#include <array>
#include <string>

#include "base/result.h"
#include "rules/compile/image_bytes.h"
#include "rules/compile/options.h"
#include "rules/compile/report.h"
#include "rules/rule_set.h"

namespace baleen::rules::compile {

struct Compiled {
    ImageBytes image;
    Report report;
};

// SHA-256 over all that determines an image; its first eight bytes are Header::content_hash.
using ContentKey = std::array<uint8_t, 32>;
ContentKey content_key(const RuleSet& set, const CompileOptions& options);
std::string to_hex(const ContentKey& key);

// Error: why there is no image at all.
base::Result<Compiled> compile_rules(const RuleSet& set, const CompileOptions& options,
                                     const OnProgress& on_progress = {});

// Need and budget in one sentence, if the one is more than the other.
std::string budget_problem(const Report& report, const CompileOptions& options);

// The platform that `options` name, or this machine.
hs_platform_info_t platform_of(const CompileOptions& options);

}  // namespace baleen::rules::compile
