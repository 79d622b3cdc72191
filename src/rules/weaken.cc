#include "rules/weaken.h"

#include <algorithm>

namespace baleen::rules {
namespace {

void make_absolute(Step& step) {
    struct Absolute {
        void operator()(Literal& s) const { s.relative = false; }
        void operator()(Regex& s) const { s.relative = false; }
        void operator()(IsDataAt& s) const { s.relative = false; }
        void operator()(ByteTest& s) const { s.number.relative = false; }
        void operator()(ByteJump& s) const { s.number.relative = false; }
        void operator()(ByteExtract& s) const { s.number.relative = false; }
    };
    std::visit(Absolute{}, step);
}

bool moves_position(const Step& step) {
    struct Moves {
        bool operator()(const Literal& s) const { return !s.negated; }
        bool operator()(const Regex& s) const { return !s.negated; }
        bool operator()(const IsDataAt&) const { return false; }
        bool operator()(const ByteTest&) const { return false; }
        bool operator()(const ByteJump&) const { return true; }
        bool operator()(const ByteExtract&) const { return true; }
    };
    return std::visit(Moves{}, step);
}

// A step reads a variable that is not known.
struct ReadsUnknown {
    const std::vector<bool>& known;

    bool unknown(const Number& number) const {
        return number.variable >= 0 && !known[static_cast<size_t>(number.variable)];
    }
    bool operator()(const Literal& s) const {
        return unknown(s.from) || (s.length && unknown(*s.length));
    }
    bool operator()(const Regex&) const { return false; }
    bool operator()(const IsDataAt& s) const { return unknown(s.bytes); }
    bool operator()(const ByteTest& s) const {
        return unknown(s.number.offset) || unknown(s.value);
    }
    bool operator()(const ByteJump& s) const { return unknown(s.number.offset); }
    bool operator()(const ByteExtract& s) const { return unknown(s.number.offset); }
};

// Bytes that have to be somewhere, wherever that is.
bool loosen(Step& step) {
    Literal* literal = std::get_if<Literal>(&step);
    if (literal == nullptr || literal->negated) return false;
    literal->relative = false;
    literal->from = {};
    literal->length.reset();
    return true;
}

bool searches(const Step& step) {
    if (const auto* literal = std::get_if<Literal>(&step)) return !literal->negated;
    const auto* regex = std::get_if<Regex>(&step);
    return regex != nullptr && !regex->negated;
}

}  // namespace

std::vector<Step> exact_steps(const Draft& draft) {
    std::vector<Step> steps;
    bool at_start = true;
    for (const DraftStep& part : draft.steps) {
        Step step = part.step;
        if (part.resets) at_start = true;
        // From position 0 both counts are the same, and the absolute one is simpler to look for.
        if (at_start) make_absolute(step);
        if (moves_position(step)) at_start = false;
        steps.push_back(std::move(step));
    }
    return steps;
}

std::vector<Step> weaker_steps(const Draft& draft) {
    std::vector<Step> steps;
    std::vector<bool> known_variables(draft.rule.variables.size(), false);
    // Where the position is after the steps that are kept: at the start, where the last one left
    // it, or not known because the step that moved it was left out.
    enum class Position { start, kept, unknown } position = Position::start;
    for (const DraftStep& part : draft.steps) {
        if (part.resets) position = Position::start;
        Step step = part.step;
        if (position == Position::start) make_absolute(step);
        const bool loose = std::visit(ReadsUnknown{known_variables}, step) ||
                           (position == Position::unknown && is_relative(step));
        const bool dropped = part.elsewhere || (loose && !loosen(step));
        if (moves_position(step)) position = dropped ? Position::unknown : Position::kept;
        // A number that is read again elsewhere is not the one that was kept.
        if (const auto* extract = std::get_if<ByteExtract>(&step))
            known_variables[static_cast<size_t>(extract->variable)] = !dropped;
        if (dropped) continue;
        steps.push_back(std::move(step));
    }
    if (std::ranges::none_of(steps, searches)) steps.clear();
    return steps;
}

}  // namespace baleen::rules
