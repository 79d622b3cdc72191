// Whether the steps of a compiled rule hold over a buffer: the payload of a packet, or bytes of a
// stream that lie together. What each step means is said in rules/payload_step.h.
//
// Owns: what does not change while packets flow (plans, compiled expressions), shared by all
// workers, and per worker a Scratch with all memory that a judgement needs. Must hold: judge()
// neither allocates nor locks nor makes a system call, and its work is bounded: by 100'000 units
// (work.h) and, for each step, what looking through the buffer once may cost. The last attempt of
// an expression may take as much again, as its cost is only known afterwards (expressions.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "dataplane/match/expressions.h"
#include "dataplane/match/step_plan.h"
#include "ruleset/image.h"

namespace baleen::match {

enum class Verdict : uint8_t { miss, hit, gave_up };

struct Judgement {
    Verdict verdict = Verdict::miss;
    // Hit: where, in the buffer, the match of the last literal or expression ends that is not
    // negated. 0 without any.
    uint64_t match_end = 0;
    uint64_t work = 0;  // units
};

inline constexpr uint64_t work_units_max = 100'000;
// Positions are kept in 32 bits. A longer buffer is given up.
inline constexpr uint64_t buffer_bytes_max = uint64_t{1} << 31;

// Memory for one judgement at a time.
class Scratch {
public:
    static base::Result<std::unique_ptr<Scratch>> create();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    uint64_t arena_bytes_for_test() const;

private:
    friend class Judge;
    struct State;
    explicit Scratch(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

struct JudgeOptions {
    bool use_jit = true;
};

class Judge {
public:
    // `image` outlives it. Error: which rule, and what is wrong with it.
    static base::Result<Judge> create(const ruleset::Image& image, JudgeOptions options = {});

    // `rule` is one of the image's.
    Judgement judge(const ruleset::Rule& rule, std::span<const uint8_t> buffer,
                    Scratch& scratch) const;

private:
    Judge(const ruleset::Image& image, std::vector<StepPlan> plans, Expressions expressions);

    ruleset::Image image_;
    std::vector<StepPlan> plans_;
    Expressions expressions_;
};

}  // namespace baleen::match
