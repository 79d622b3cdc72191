// One database of patterns: compiled in a child process (child.h), and as bytes.
#pragma once

#include <hs/hs.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "baleen/ruleset.h"
#include "rules/compile/expression.h"

namespace baleen::rules::compile {

struct DatabaseSource {
    ruleset::DatabaseMode mode = ruleset::DatabaseMode::block;
    std::vector<Expression> expressions;
    std::vector<uint32_t> ids;  // which a match reports
};

struct CompiledDatabase {
    std::string serialised;
    uint64_t bytes = 0;         // once it is in use
    uint64_t stream_bytes = 0;  // state of a stream
    uint64_t peak_bytes = 0;    // that compiling took
    double seconds = 0;
    // Why there is none, and the expression to blame, if one is.
    std::string problem;
    int bad_expression = -1;
};

CompiledDatabase compile_database(const DatabaseSource& source, const hs_platform_info_t& platform,
                                  std::chrono::milliseconds time_max);

// The scratch that one thread needs for all of them; 0 if one of them cannot be read back.
uint64_t scratch_bytes_of(const std::vector<CompiledDatabase>& databases);

}  // namespace baleen::rules::compile
