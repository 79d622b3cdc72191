#include "dataplane/match/trial.h"

#include <algorithm>

#include "dataplane/match/literal_search.h"

namespace baleen::match {
namespace {

using ruleset::Step;
using ruleset::StepKind;

// Every step may look through the whole buffer once, beside what all have together.
uint64_t units_for(size_t step_count, size_t buffer_bytes) {
    return work_units_max + step_count * (buffer_bytes / Work::expression_bytes_per_unit);
}

// A window without a length only shrinks when it begins later.
bool fails_later_as_well(const Step& step) {
    return step.kind == StepKind::literal && chooses(step) && !has(step, ruleset::has_length);
}

}  // namespace

Trial::Trial(const ruleset::Image& image, const ruleset::Rule& rule,
             std::span<const StepPlan> plans, const Expressions& expressions,
             std::span<const uint8_t> buffer, TrialMemory& memory,
             ExpressionScratch& expression_scratch)
    : image_(image),
      steps_(image.steps(rule.steps)),
      plans_(plans),
      expressions_(expressions),
      buffer_(buffer),
      memory_(memory),
      expression_scratch_(expression_scratch),
      work_(units_for(steps_.size(), buffer.size())),
      variable_count_(rule.variable_count) {
    memory_.failures.clear();
    memory_.epochs.clear();
}

Judgement Trial::run() {
    Judgement judgement;
    judgement.verdict = search();
    judgement.match_end = judgement.verdict == Verdict::hit ? match_end_ : 0;
    judgement.work = work_.taken();
    return judgement;
}

Verdict Trial::search() {
    for (uint32_t index = 0; index < steps_.size();) {
        work_.take(1);
        const bool holds = try_step(index);
        if (gave_up_ || work_.spent()) return Verdict::gave_up;
        if (holds) {
            if (plans_[index].is_settled) frame_count_ = 0;
            index++;
            continue;
        }
        const bool goes_on = go_back(index);
        if (gave_up_ || work_.spent()) return Verdict::gave_up;
        if (!goes_on) return Verdict::miss;
    }
    return Verdict::hit;
}

bool Trial::try_step(uint32_t index) {
    const Step& step = steps_[index];
    switch (step.kind) {
        case StepKind::literal:
        case StepKind::regex:
            return chooses(step) && plans_[index].reads_position ? open(index) : has_match(index);
        case StepKind::is_data_at: return has_data(step);
        case StepKind::byte_test: return test(step);
        case StepKind::byte_jump: return jump(step);
        case StepKind::byte_extract: return extract(step);
    }
    return false;
}

// To the next match of the last choice that has one; `index` becomes the step behind it.
bool Trial::go_back(uint32_t& index) {
    while (frame_count_ > 0) {
        Frame& frame = memory_.frames[frame_count_ - 1];
        std::copy_n(frame.variables.begin(), variable_count_, variables_.begin());
        epoch_ = frame.epoch;
        position_ = frame.last_end;
        index = frame.step + 1;
        memory_.failures.add(state_before(index, position_));
        if (later_matches_fail(frame)) drop(frame);
        else if (take_next(frame)) return true;
        if (gave_up_ || work_.spent()) return false;
    }
    return false;
}

// The step behind a literal is one that fails from here on: so it does behind the later matches.
bool Trial::later_matches_fail(const Frame& frame) const {
    const uint32_t index = frame.step + 1;
    if (steps_[frame.step].kind != StepKind::literal || index == steps_.size()) return false;
    if (!fails_later_as_well(steps_[index])) return false;
    Frame next;
    set_up(index, next);
    return memory_.failures.has_search(state_before(index, next.begin));
}

// The epoch only tells states apart whose steps still read a variable.
Failures::State Trial::state_before(uint32_t index, int64_t position) const {
    const bool reads = index > 0 && plans_[index - 1].variables_read != 0;
    return {index, reads ? epoch_ : 0, static_cast<uint32_t>(position)};
}

void Trial::set_up(uint32_t index, Frame& frame) const {
    const Step& step = steps_[index];
    frame.step = index;
    frame.epoch = epoch_;
    frame.last_end = -1;
    if (step.kind == StepKind::regex) {
        frame.begin = frame.next = origin(step);
        frame.limit = size();
        return;
    }
    const Wide window_begin = place(step);
    const Wide window_end = has(step, ruleset::has_length)
                                ? window_begin + exact_value(step.value, variables_)
                                : Wide{size()};
    const int64_t begin = to_place(window_begin);
    const int64_t end = to_place(window_end);
    frame.next = std::max<int64_t>(begin, 0);
    frame.limit = std::min(end, size());
    if (has(step, ruleset::at_end)) {
        // Only one place is possible, and the window must reach from before it to the end.
        const int64_t only = size() - int64_t{step.bytes.count};
        frame.next = only >= frame.next && end >= size() ? only : size() + 1;
    }
    frame.next = std::min(frame.next, size() + 1);
    frame.begin = frame.next;
}

bool Trial::open(uint32_t index) {
    Frame& frame = memory_.frames[frame_count_];
    set_up(index, frame);
    if (fails_later_as_well(steps_[index]) &&
        memory_.failures.has_search(state_before(index, frame.begin)))
        return false;
    std::copy_n(variables_.begin(), variable_count_, frame.variables.begin());
    frame_count_++;
    return take_next(frame);
}

// Takes a match from which the later steps are not known to fail; without any, drops the frame.
bool Trial::take_next(Frame& frame) {
    while (const auto match = find_next(frame)) {
        work_.take(1);
        if (work_.spent()) return false;
        if (match->end == frame.last_end) continue;
        frame.last_end = match->end;
        if (memory_.failures.has(state_before(frame.step + 1, match->end))) continue;
        move_behind(*match);
        return true;
    }
    drop(frame);
    return false;
}

void Trial::drop(const Frame& frame) {
    frame_count_--;
    if (fails_later_as_well(steps_[frame.step]))
        memory_.failures.add_search(state_before(frame.step, frame.begin));
}

std::optional<Trial::Match> Trial::find_next(Frame& frame) {
    if (frame.next > frame.limit) return std::nullopt;
    const auto match = steps_[frame.step].kind == StepKind::literal ? find_next_literal(frame)
                                                                    : find_next_regex(frame);
    if (match) frame.next = match->begin + 1;
    return match;
}

std::optional<Trial::Match> Trial::find_next_literal(const Frame& frame) {
    const Step& step = steps_[frame.step];
    const auto window = part(frame.next, frame.limit);
    const size_t at =
        find_literal(window, image_.blob(step.bytes), has(step, ruleset::nocase), work_);
    if (at == not_found) return std::nullopt;
    const int64_t begin = frame.next + static_cast<int64_t>(at);
    return Match{begin, begin + int64_t{step.bytes.count}};
}

std::optional<Trial::Match> Trial::find_next_regex(const Frame& frame) {
    const auto from = static_cast<uint64_t>(frame.next - frame.begin);
    const Occurrence found = expressions_.find(steps_[frame.step].regex, part(frame.begin, size()),
                                               from, expression_scratch_, work_);
    if (found.kind == Occurrence::Kind::gave_up) gave_up_ = true;
    if (found.kind != Occurrence::Kind::found) return std::nullopt;
    return Match{frame.begin + static_cast<int64_t>(found.start),
                 frame.begin + static_cast<int64_t>(found.end)};
}

void Trial::move_behind(const Match& match) {
    position_ = match.end;
    match_end_ = static_cast<uint64_t>(match.end);
}

// The first match is as good as any, or there must be none.
bool Trial::has_match(uint32_t index) {
    Frame frame;
    set_up(index, frame);
    const auto match = find_next(frame);
    if (has(steps_[index], ruleset::negated)) return !match;
    if (match) move_behind(*match);
    else if (fails_later_as_well(steps_[index]))
        memory_.failures.add_search(state_before(index, frame.begin));
    return match.has_value();
}

bool Trial::has_data(const Step& step) const {
    const bool follows = place(step) <= Wide{size()};
    return follows != has(step, ruleset::negated);
}

bool Trial::test(const Step& step) {
    const auto number = number_of(step);
    if (!number) return false;
    return compare(step, number->value, exact_value(step.value, variables_)) !=
           has(step, ruleset::negated);
}

bool Trial::jump(const Step& step) {
    const auto number = number_of(step);
    if (!number) return false;
    int64_t target = jump_place(step, *number, buffer_.size());
    if (target < 0 && has(step, ruleset::stops_at_start)) target = 0;
    const int64_t target_end = has(step, ruleset::may_reach_end) ? size() + 1 : size();
    if (target < 0 || target >= target_end) return false;
    position_ = target;
    return true;
}

bool Trial::extract(const Step& step) {
    const auto number = number_of(step);
    if (!number) return false;
    const auto variable = static_cast<uint32_t>(step.variable);
    const uint64_t value = extracted_value(step, number->value);
    if (variables_[variable] != value) epoch_ = memory_.epochs.after(epoch_, variable, value);
    variables_[variable] = value;
    position_ = has(step, ruleset::steps_by_count) ? position_ + (number->end - number->begin)
                                                   : number->end;
    return true;
}

std::optional<ByteNumber> Trial::number_of(const Step& step) {
    return read_number(step, buffer_, to_place(place(step)), work_);
}

}  // namespace baleen::match
