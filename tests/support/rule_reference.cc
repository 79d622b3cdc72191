#include "tests/support/rule_reference.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>

namespace baleen::test {
namespace {

using ruleset::Step;
using ruleset::StepKind;
__extension__ using Int = __int128;

constexpr int attempts_max = 200'000;

struct State {
    Int position = 0;
    uint64_t match_end = 0;
    std::array<uint64_t, ruleset::variables_max> variables{};
};

struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

class Reference {
public:
    Reference(const std::vector<StepDraft>& steps, std::span<const uint8_t> buffer)
        : steps_(steps), buffer_(buffer.begin(), buffer.end()), codes_(steps.size()) {}

    std::optional<ReferenceVerdict> judge() {
        const bool hit = holds_from(0, State{});
        if (unknown_) return std::nullopt;
        return ReferenceVerdict{hit, hit ? match_end_ : 0};
    }

private:
    Int size() const { return static_cast<Int>(buffer_.size()); }
    static bool has(const Step& step, uint32_t flag) { return (step.flags & flag) != 0; }
    Int origin(const Step& step, const State& state) const {
        return has(step, ruleset::relative) ? state.position : 0;
    }
    Int value(const ruleset::Number& number, const State& state) const {
        const Int variable =
            number.variable < 0 ? 0 : state.variables[static_cast<size_t>(number.variable)];
        return number.constant + variable;
    }

    bool holds_from(size_t index, const State& state) {
        if (unknown_ || ++attempts_ > attempts_max) {
            unknown_ = true;
            return false;
        }
        if (index == steps_.size()) {
            match_end_ = state.match_end;
            return true;
        }
        const Step& step = steps_[index].step;
        if (step.kind == StepKind::literal || step.kind == StepKind::regex) {
            const std::vector<Int> ends = step.kind == StepKind::literal
                                              ? ends_of_literal(steps_[index], state)
                                              : ends_of_regex(index, state);
            if (has(step, ruleset::negated)) return ends.empty() && holds_from(index + 1, state);
            return std::ranges::any_of(ends, [&](Int end) {
                State next = state;
                next.position = end;
                next.match_end = static_cast<uint64_t>(end);
                return holds_from(index + 1, next);
            });
        }
        State next = state;
        return holds(step, next) && holds_from(index + 1, next);
    }

    std::vector<Int> ends_of_literal(const StepDraft& draft, const State& state) const {
        const Step& step = draft.step;
        const Int bytes = static_cast<Int>(draft.bytes.size());
        const Int begin = origin(step, state) + value(step.from, state);
        const Int end = has(step, ruleset::has_length) ? begin + value(step.value, state) : size();
        std::vector<Int> ends;
        for (Int at = 0; at + bytes <= size(); at++) {
            if (at < begin || at + bytes > end) continue;
            if (has(step, ruleset::at_end) && at + bytes != size()) continue;
            const bool same = std::ranges::equal(
                buffer_.substr(static_cast<size_t>(at), draft.bytes.size()), draft.bytes,
                [&](char a, char b) {
                    return has(step, ruleset::nocase) ? lower(a) == lower(b) : a == b;
                });
            // An empty literal has a place in an empty window, and none in one that ends before it
            // begins.
            if (same && std::max<Int>(begin, 0) <= std::min(end, size()))
                ends.push_back(at + bytes);
        }
        return ends;
    }

    static std::unique_ptr<pcre2_code, FreeCode> compile(const StepDraft& draft) {
        const Step& step = draft.step;
        uint32_t options = PCRE2_NO_START_OPTIMIZE | PCRE2_NO_DOTSTAR_ANCHOR;
        if (has(step, ruleset::nocase)) options |= PCRE2_CASELESS;
        if (has(step, ruleset::dot_all)) options |= PCRE2_DOTALL;
        if (has(step, ruleset::multi_line)) options |= PCRE2_MULTILINE;
        if (has(step, ruleset::extended)) options |= PCRE2_EXTENDED;
        if (has(step, ruleset::dollar_end_only)) options |= PCRE2_DOLLAR_ENDONLY;
        if (has(step, ruleset::ungreedy)) options |= PCRE2_UNGREEDY;
        int error = 0;
        PCRE2_SIZE where = 0;
        return std::unique_ptr<pcre2_code, FreeCode>(
            pcre2_compile(reinterpret_cast<PCRE2_SPTR>(draft.bytes.data()), draft.bytes.size(),
                          options, &error, &where, nullptr));
    }

    std::vector<Int> ends_of_regex(size_t index, const State& state) {
        const StepDraft& draft = steps_[index];
        const Step& step = draft.step;
        std::vector<Int> ends;
        const Int base = origin(step, state);
        if (base > size()) return ends;
        const std::string subject = buffer_.substr(static_cast<size_t>(base));
        if (codes_[index] == nullptr) codes_[index] = compile(draft);
        const auto& code = codes_[index];
        unknown_ = unknown_ || code == nullptr;
        if (code == nullptr) return ends;
        const std::unique_ptr<pcre2_match_data, FreeData> data(
            pcre2_match_data_create_from_pattern(code.get(), nullptr));
        const size_t starts = has(step, ruleset::anchored) ? 1 : subject.size() + 1;
        for (size_t start = 0; start < starts; start++) {
            const int result =
                pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(subject.data()),
                            subject.size(), start, PCRE2_ANCHORED, data.get(), nullptr);
            unknown_ = unknown_ || (result < 0 && result != PCRE2_ERROR_NOMATCH);
            if (result >= 0)
                ends.push_back(base + static_cast<Int>(pcre2_get_ovector_pointer(data.get())[1]));
        }
        return ends;
    }

    bool holds(const Step& step, State& state) const {
        const Int from = origin(step, state) + value(step.from, state);
        if (step.kind == StepKind::is_data_at)
            return (from <= size()) != has(step, ruleset::negated);
        uint64_t number = 0;
        Int number_end = 0;
        if (!read(step, from, number, number_end)) return false;
        if (step.kind == StepKind::byte_test)
            return compare(step, number, value(step.value, state)) != has(step, ruleset::negated);
        Int product = 0;
        if (__builtin_mul_overflow(Int{number}, Int{step.multiplier}, &product))
            product = Int{1} << 100;  // further than any post_offset reaches back
        if (step.kind == StepKind::byte_jump) {
            if (has(step, ruleset::align) && product % 4 != 0) product += 4 - product % 4;
            Int place = product + step.post_offset;
            if (step.origin == ruleset::JumpOrigin::behind_number) place += number_end;
            if (step.origin == ruleset::JumpOrigin::end) place += size();
            if (place < 0 && has(step, ruleset::stops_at_start)) place = 0;
            state.position = place;
            return place >= 0 &&
                   (place < size() || (place == size() && has(step, ruleset::may_reach_end)));
        }
        if (step.post_offset > 0 && product % step.post_offset != 0)
            product += step.post_offset - product % step.post_offset;
        state.variables[static_cast<size_t>(step.variable)] =
            static_cast<uint64_t>(std::min<Int>(product, UINT64_MAX));
        state.position =
            has(step, ruleset::steps_by_count) ? state.position + (number_end - from) : number_end;
        return true;
    }

    bool read(const Step& step, Int from, uint64_t& number, Int& end) const {
        if (from < 0 || from > size() || from + step.count > size()) return false;
        const bool is_text = has(step, ruleset::text);
        const size_t count = is_text && step.count == 0 ? std::string::npos : step.count;
        std::string bytes = buffer_.substr(static_cast<size_t>(from), count);
        end = from + static_cast<Int>(bytes.size());
        if (is_text) {
            char* behind = nullptr;
            number = std::strtoull(bytes.c_str(), &behind, step.text_base);
            if (behind == bytes.c_str()) return false;
            end = from + (behind - bytes.c_str());
        } else {
            if (bytes.size() > 8) return false;
            if (has(step, ruleset::little_endian)) std::ranges::reverse(bytes);
            number = 0;
            for (const char c : bytes) number = number * 256 + static_cast<uint8_t>(c);
        }
        number &= step.mask;
        for (uint64_t mask = step.mask; mask != 0 && mask % 2 == 0; mask /= 2) number /= 2;
        return true;
    }

    static bool compare(const Step& step, uint64_t number, Int against) {
        using ruleset::Compare;
        const Int found = number;
        switch (step.compare) {
            case Compare::less: return found < against;
            case Compare::less_equal: return found <= against;
            case Compare::equal: return found == against;
            case Compare::greater_equal: return found >= against;
            case Compare::greater: return found > against;
            case Compare::bits_and: return (number & static_cast<uint64_t>(against)) != 0;
            case Compare::bits_xor: return found != against;
        }
        return false;
    }

    const std::vector<StepDraft>& steps_;
    std::string buffer_;
    std::vector<std::unique_ptr<pcre2_code, FreeCode>> codes_;
    int attempts_ = 0;
    bool unknown_ = false;
    uint64_t match_end_ = 0;
};

}  // namespace

std::optional<ReferenceVerdict> judge_by_reference(const std::vector<StepDraft>& steps,
                                                   std::span<const uint8_t> buffer) {
    return Reference(steps, buffer).judge();
}

}  // namespace baleen::test
