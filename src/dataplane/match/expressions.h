// The expressions of a ruleset, compiled by PCRE2, and what a worker needs to run them.
//
// Owns: one compiled code per expression, shared by all workers and never changed; and per worker
// the memory that matching uses. Must hold: no call of malloc() while matching. The JIT compiler's
// code runs on a stack made at start; the interpreter takes its frames from an arena.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "dataplane/match/leading_run.h"
#include "dataplane/match/step_plan.h"
#include "dataplane/match/work.h"
#include "ruleset/image.h"

namespace baleen::match {

// How the cost of an expression is known, though PCRE2 does not tell it: its limit of inner calls
// is per start, so a few thousand starts are tried at once with a low limit. Where that is reached,
// fewer are, at last one alone with twice the limit each time: what that took is then known by a
// factor of two, and is work like any other. Uncounted remains what stays below the low limit,
// about 40 ns a start at most.
inline constexpr uint64_t starts_max = 4096;
inline constexpr uint32_t match_limit_first = 16;
// Of 2.5 to 40 ns each, compiled; ten times that, interpreted. A judgement thus took 6 ms in the
// worst case found: an expression made for it, on a packet made for it.
inline constexpr uint32_t match_calls_per_unit = 4;
// The interpreter's frames, of about 150 bytes each.
inline constexpr uint32_t heap_limit_kibibytes = 4096;

class ExpressionScratch {
public:
    // Error: out of memory.
    static base::Result<std::unique_ptr<ExpressionScratch>> create();
    ~ExpressionScratch();
    ExpressionScratch(const ExpressionScratch&) = delete;
    ExpressionScratch& operator=(const ExpressionScratch&) = delete;

    uint64_t arena_bytes_for_test() const { return taken_; }

private:
    friend class Expressions;
    ExpressionScratch() = default;
    bool prepare();
    static void* take(size_t bytes, void* scratch);
    static void give_back(void* block, void* scratch);

    std::unique_ptr<uint8_t[]> arena_;
    size_t taken_ = 0;
    size_t last_block_ = 0;  // where the block that was taken last begins
    pcre2_general_context* general_ = nullptr;
    pcre2_match_context* context_ = nullptr;
    pcre2_match_data* data_ = nullptr;
    pcre2_jit_stack* jit_stack_ = nullptr;
};

struct Occurrence {
    enum class Kind : uint8_t { none, found, gave_up };
    Kind kind;
    uint64_t start;  // that the search for the next one goes on behind
    uint64_t end;
};

class Expressions {
public:
    // `plans` as of plan_steps(). Without `use_jit`, all are interpreted.
    static base::Result<Expressions> compile(const ruleset::Image& image,
                                             std::span<const StepPlan> plans, bool use_jit);

    // The first match that begins at `from` or behind it. None as well if `work` is spent before.
    Occurrence find(uint32_t number, std::span<const uint8_t> subject, uint64_t from,
                    ExpressionScratch& scratch, Work& work) const;

private:
    struct Free {
        void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    };
    struct Expression {
        std::unique_ptr<pcre2_code, Free> code;
        bool has_jit = false;
        bool begins_at_start = false;  // of the subject, and nowhere else
        ByteSet leading_run;
    };
    // Only matches that begin in [from, last], with as many inner calls from each start.
    static int run(const Expression& expression, std::span<const uint8_t> subject, uint64_t from,
                   uint64_t last, uint32_t limit, ExpressionScratch& scratch);
    // The first start from `start` on that is not of one run with the one before, which has failed.
    static uint64_t behind_run(const Expression& expression, std::span<const uint8_t> subject,
                               uint64_t start);
    base::Status add(const ruleset::Image& image, const ruleset::Step& step, const StepPlan& plan,
                     bool use_jit);

    std::vector<Expression> expressions_;
};

}  // namespace baleen::match
