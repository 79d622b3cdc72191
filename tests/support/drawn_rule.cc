#include "tests/support/drawn_rule.h"

#include <algorithm>
#include <string_view>

namespace baleen::test {
namespace {

constexpr std::string_view alphabet = "abA01\n\x02\xff";
constexpr int32_t variable_count = 2;

class Drawer {
public:
    Drawer(const Lot& below, Taste taste)
        : below_(below), hostile_(taste == Taste::hostile), chains_(taste == Taste::chains) {}

    StepDraft step() {
        if (chains_) return link();
        switch (below_(8)) {
            case 0:
            case 1:
            case 2: return a_literal();
            case 3: return a_regex();
            case 4: return maybe(is_data_at(0).from(count(), variable()), ruleset::negated, 3);
            case 5: return a_test();
            case 6: return a_jump();
            default: return an_extraction();
        }
    }

private:
    StepDraft link() {
        switch (below_(8)) {
            case 0: return a_regex();
            case 1:
            case 2: return an_extraction();
            case 3: return a_test();
            default: return a_literal();
        }
    }
    bool one_in(uint64_t n) { return below_(n) == 0; }
    int64_t count() {
        if (hostile_ && one_in(12)) {
            constexpr int64_t extremes[] = {INT64_MIN, INT64_MAX,    INT64_MIN + 1,
                                            1LL << 32, -(1LL << 32), 1LL << 62};
            return extremes[below_(std::size(extremes))];
        }
        return static_cast<int64_t>(below_(8)) - 3;
    }
    int64_t length() {
        const int64_t drawn = count();
        return drawn <= INT64_MAX - 3 ? drawn + 3 : drawn;
    }
    int32_t variable() {
        return one_in(chains_ ? 3 : 4) ? static_cast<int32_t>(below_(variable_count)) : -1;
    }
    StepDraft maybe(StepDraft draft, uint32_t flag, uint64_t n) {
        if (one_in(n)) draft.with(flag);
        if (!one_in(chains_ ? 10 : 3)) draft.with(ruleset::relative);
        return draft;
    }

    StepDraft a_literal() {
        std::string bytes;
        for (uint64_t i = one_in(20) ? 0 : 1 + below_(2); i > 0; i--)
            bytes += alphabet[below_(chains_ ? 3 : alphabet.size())];
        StepDraft draft = literal(bytes);
        if (one_in(2)) draft.from(count(), variable());
        if (one_in(3)) draft.length(length(), variable());
        if (one_in(4)) draft.with(ruleset::nocase);
        if (one_in(8)) draft.with(ruleset::at_end);
        return maybe(draft, ruleset::negated, 5);
    }
    StepDraft a_regex() {
        constexpr std::string_view expressions[] = {
            "a",       "^a",    "a+",    "a.*b",    ".*b",   ".*?a",  "b$",
            "(?<=a)b", "(?=b)", "a\\Kb", "",        "[^a]+", "^.",    "(a|ab)",
            "\\d+",    "b*",    "a|^b",  "(?!a).$", "a b",   "\\x02", "(?i)A(?-i)b",
            "\\A.",    "a.+?",  "\\Bb",  "aab|a",   "ab.|b"};
        StepDraft draft = regex(expressions[below_(std::size(expressions))]);
        for (const uint32_t flag :
             {ruleset::nocase, ruleset::dot_all, ruleset::multi_line, ruleset::extended,
              ruleset::anchored, ruleset::dollar_end_only, ruleset::ungreedy})
            if (one_in(6)) draft.with(flag);
        return maybe(draft, ruleset::negated, 5);
    }
    StepDraft number(StepDraft draft) {
        draft.from(count(), variable());
        // Of a letter, what makes a short way.
        if (chains_) return draft.mask(3);
        if (one_in(4)) draft.with(ruleset::little_endian);
        if (one_in(3)) {
            constexpr uint8_t bases[] = {0, 8, 10, 16};
            draft.text(bases[below_(std::size(bases))]);
        }
        if (one_in(4)) draft.mask(one_in(2) ? below_(256) : 0xff0 << below_(8));
        if (one_in(4)) draft.multiply(hostile_ && one_in(4) ? UINT64_MAX : below_(4));
        return draft;
    }
    uint32_t byte_count() {
        return static_cast<uint32_t>(hostile_ && one_in(10) ? below_(9) : below_(3));
    }
    StepDraft a_test() {
        const auto compare = static_cast<ruleset::Compare>(below_(7));
        const int64_t value = one_in(2) ? count() : static_cast<int64_t>(below_(256));
        StepDraft draft = byte_test(byte_count(), compare, value, 0, variable());
        return maybe(number(draft), ruleset::negated, 4);
    }
    StepDraft a_jump() {
        StepDraft draft = number(byte_jump(byte_count()));
        draft.jump_from(static_cast<ruleset::JumpOrigin>(below_(3)));
        if (one_in(3)) draft.post_offset(count());
        if (one_in(3)) draft.with(ruleset::align);
        if (one_in(2)) draft.with(ruleset::may_reach_end);
        return maybe(draft, ruleset::stops_at_start, 2);
    }
    StepDraft an_extraction() {
        StepDraft draft =
            number(byte_extract(byte_count(), 0, static_cast<int32_t>(below_(variable_count))));
        if (one_in(4)) draft.round_up_to(hostile_ ? count() : static_cast<int64_t>(below_(5)));
        return maybe(draft, ruleset::steps_by_count, 3);
    }

    const Lot& below_;
    bool hostile_;
    bool chains_;
};

}  // namespace

std::string draw_buffer(const Lot& below, size_t bytes_max, size_t letters_max) {
    std::string buffer(below(bytes_max + 1), '\0');
    for (char& c : buffer) c = alphabet[below(std::min(letters_max, alphabet.size()))];
    return buffer;
}

std::vector<StepDraft> draw_steps(const Lot& below, size_t steps_max, Taste taste) {
    std::vector<StepDraft> steps;
    Drawer drawer(below, taste);
    for (size_t count = 1 + below(steps_max); count > 0; count--) steps.push_back(drawer.step());
    return steps;
}

}  // namespace baleen::test
