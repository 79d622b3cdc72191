// Which expressions Hyperscan takes, each asked for by itself, before they share a database: one
// that is wrong, too large or too slow must not cost the others.
//
// In child processes (child.h): each expression has a time limit; the one at which a child was
// killed or died is to blame, and the next child goes on behind it.
#pragma once

#include <hs/hs.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rules/compile/expression.h"

namespace baleen::rules::compile {

struct ExpressionLimits {
    std::chrono::milliseconds time_max;  // for both modes
    uint64_t bytes_max;                  // of a database of its own
};

struct ExpressionQuestion {
    Expression expression;
    bool block = false;
    bool stream = false;
};

struct ExpressionAnswer {
    enum class Kind {
        taken,
        refused,  // not supported, or no expression at all
        too_large,
        too_slow,  // or it crashed
    };
    Kind kind = Kind::taken;
    std::string message;     // what Hyperscan says, or which limit was exceeded
    bool needs_end = false;  // some match is only told when a stream ends
};

std::vector<ExpressionAnswer> check_expressions(std::span<const ExpressionQuestion> questions,
                                                const ExpressionLimits& limits,
                                                const hs_platform_info_t& platform);

}  // namespace baleen::rules::compile
