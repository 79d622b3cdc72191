// One judgement: the search for matches that make all steps of a rule hold in order.
//
// How: steps are tried in order. A step that may match at several places, of which the later steps
// depend, leaves a frame behind; when a step fails, the topmost frame takes its next match. Three
// things keep that from being exponential: frames are dropped where nothing depends on them any
// more (step_plan.h), a state that has failed is not tried again (failures.h), and work is counted.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/match/byte_number.h"
#include "dataplane/match/epochs.h"
#include "dataplane/match/expressions.h"
#include "dataplane/match/failures.h"
#include "dataplane/match/judge.h"

namespace baleen::match {

// The matches of one step that are still to be tried, and what to go back to.
struct Frame {
    int64_t begin;     // of the window, or of what an expression sees
    int64_t next;      // where the search goes on
    int64_t limit;     // end of the window
    int64_t last_end;  // of the match that was tried last; -1: none yet
    uint32_t step;
    uint32_t epoch;
    Variables variables;
};

struct TrialMemory {
    Failures failures;
    Epochs epochs;
    std::array<Frame, steps_max> frames;
};

class Trial {
public:
    // `plans` are those of `rule`'s steps.
    Trial(const ruleset::Image& image, const ruleset::Rule& rule, std::span<const StepPlan> plans,
          const Expressions& expressions, std::span<const uint8_t> buffer, TrialMemory& memory,
          ExpressionScratch& expression_scratch);

    Judgement run();

private:
    struct Match {
        int64_t begin;
        int64_t end;
    };

    Verdict search();
    bool try_step(uint32_t index);
    bool go_back(uint32_t& index);

    // Steps that make a choice.
    bool open(uint32_t index);
    bool take_next(Frame& frame);
    void drop(const Frame& frame);
    bool later_matches_fail(const Frame& frame) const;
    void set_up(uint32_t index, Frame& frame) const;
    std::optional<Match> find_next(Frame& frame);
    std::optional<Match> find_next_literal(const Frame& frame);
    std::optional<Match> find_next_regex(const Frame& frame);
    void move_behind(const Match& match);
    Failures::State state_before(uint32_t index, int64_t position) const;

    // Steps that don't.
    bool has_match(uint32_t index);
    bool has_data(const ruleset::Step& step) const;
    bool test(const ruleset::Step& step);
    bool jump(const ruleset::Step& step);
    bool extract(const ruleset::Step& step);
    std::optional<ByteNumber> number_of(const ruleset::Step& step);

    int64_t origin(const ruleset::Step& step) const {
        return has(step, ruleset::relative) ? position_ : 0;
    }
    // Where a step looks, or its window begins.
    Wide place(const ruleset::Step& step) const {
        return Wide{origin(step)} + exact_value(step.from, variables_);
    }
    int64_t size() const { return static_cast<int64_t>(buffer_.size()); }
    std::span<const uint8_t> part(int64_t begin, int64_t end) const {
        return buffer_.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    }

    const ruleset::Image& image_;
    std::span<const ruleset::Step> steps_;
    std::span<const StepPlan> plans_;
    const Expressions& expressions_;
    std::span<const uint8_t> buffer_;
    TrialMemory& memory_;
    ExpressionScratch& expression_scratch_;

    Work work_;
    bool gave_up_ = false;  // an expression reached a limit of PCRE2
    int64_t position_ = 0;  // may lie behind the end: byte_extract that steps by its count
    uint64_t match_end_ = 0;
    uint32_t frame_count_ = 0;
    uint32_t variable_count_;
    uint32_t epoch_ = 0;  // changes with the variables
    Variables variables_{};
};

}  // namespace baleen::match
