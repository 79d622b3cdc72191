#include "dataplane/match/expressions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace baleen::match {
namespace {

using ruleset::Step;

constexpr size_t arena_align_bytes = 64;
// The frames grow by doubling, and are kept: no more than twice the last of them in all. The rest
// is for PCRE2's own small objects.
constexpr size_t arena_bytes = 2 * size_t{heap_limit_kibibytes} * 1024 + 256 * size_t{1024};
// Start and limit are the same, so that the stack never grows while matching.
constexpr size_t jit_stack_bytes = size_t{512} * 1024;

uint32_t compile_options(const Step& step, const StepPlan& plan) {
    static constexpr std::pair<uint32_t, uint32_t> options[] = {
        {ruleset::nocase, PCRE2_CASELESS},      {ruleset::dot_all, PCRE2_DOTALL},
        {ruleset::multi_line, PCRE2_MULTILINE}, {ruleset::extended, PCRE2_EXTENDED},
        {ruleset::anchored, PCRE2_ANCHORED},    {ruleset::dollar_end_only, PCRE2_DOLLAR_ENDONLY},
        {ruleset::ungreedy, PCRE2_UNGREEDY}};
    uint32_t result = PCRE2_NEVER_UTF | PCRE2_USE_OFFSET_LIMIT;
    for (const auto& [flag, option] : options)
        if (has(step, flag)) result |= option;
    // PCRE2 does not try every start of an expression that begins with .*, as that finds nothing
    // new. It does find other ends, and here they are asked for.
    if (!has(step, ruleset::negated) && plan.reads_position) result |= PCRE2_NO_DOTSTAR_ANCHOR;
    return result;
}

struct FreeContext {
    void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

std::string pcre2_message(int code) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

}  // namespace

base::Result<std::unique_ptr<ExpressionScratch>> ExpressionScratch::create() {
    std::unique_ptr<ExpressionScratch> scratch(new ExpressionScratch);
    if (!scratch->prepare()) return base::Error{"there is no memory to match expressions with"};
    return scratch;
}

bool ExpressionScratch::prepare() {
    // Not written to, so that the kernel only gives the pages that are needed.
    arena_ = std::make_unique_for_overwrite<uint8_t[]>(arena_bytes);
    general_ = pcre2_general_context_create(take, give_back, this);
    if (general_ == nullptr) return false;
    context_ = pcre2_match_context_create(general_);
    data_ = pcre2_match_data_create(1, general_);
    if (context_ == nullptr || data_ == nullptr) return false;
    pcre2_set_heap_limit(context_, heap_limit_kibibytes);
    // Without JIT support there is none, and none is needed.
    jit_stack_ = pcre2_jit_stack_create(jit_stack_bytes, jit_stack_bytes, general_);
    if (jit_stack_ != nullptr) pcre2_jit_stack_assign(context_, nullptr, jit_stack_);
    return true;
}

ExpressionScratch::~ExpressionScratch() {
    pcre2_jit_stack_free(jit_stack_);
    pcre2_match_data_free(data_);
    pcre2_match_context_free(context_);
    pcre2_general_context_free(general_);
}

void* ExpressionScratch::take(size_t bytes, void* scratch) {
    auto& self = *static_cast<ExpressionScratch*>(scratch);
    const size_t begin =
        (self.taken_ + arena_align_bytes - 1) / arena_align_bytes * arena_align_bytes;
    if (begin > arena_bytes || bytes > arena_bytes - begin) return nullptr;
    self.last_block_ = begin;
    self.taken_ = begin + bytes;
    return self.arena_.get() + begin;
}

void ExpressionScratch::give_back(void* block, void* scratch) {
    auto& self = *static_cast<ExpressionScratch*>(scratch);
    if (block == self.arena_.get() + self.last_block_) self.taken_ = self.last_block_;
}

base::Result<Expressions> Expressions::compile(const ruleset::Image& image,
                                               std::span<const StepPlan> plans, bool use_jit) {
    BALEEN_ASSERT(plans.size() == image.steps().size());
    Expressions result;
    const uint32_t count = image.header().regex_count;
    if (count > image.steps().size()) return base::Error{"there are more expressions than steps"};
    result.expressions_.resize(count);
    for (const ruleset::Rule& rule : image.rules()) {
        for (uint32_t i = 0; i < rule.steps.count; i++) {
            const size_t index = size_t{rule.steps.first} + i;
            const Step& step = image.steps()[index];
            if (step.kind != ruleset::StepKind::regex) continue;
            if (auto added = result.add(image, step, plans[index], use_jit); !added)
                return base::Error{
                    fmt::format("rule {}:{}: {}", rule.gid, rule.id, added.error().message)};
        }
    }
    const bool is_complete = std::ranges::all_of(
        result.expressions_, [](const Expression& one) { return one.code != nullptr; });
    if (!is_complete) return base::Error{"the number of an expression is that of no step"};
    return result;
}

base::Status Expressions::add(const ruleset::Image& image, const Step& step, const StepPlan& plan,
                              bool use_jit) {
    Expression& made = expressions_[step.regex];
    if (made.code != nullptr) return base::Error{"two steps have the number of one expression"};
    const std::unique_ptr<pcre2_compile_context, FreeContext> context(
        pcre2_compile_context_create(nullptr));
    if (context == nullptr) return base::Error{"out of memory"};
    // As Suricata's and Snort's authors expect it, whatever this PCRE2 was built with.
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
    const std::string_view text = image.text(step.bytes);
    int error = 0;
    PCRE2_SIZE offset = 0;
    made.code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                                  compile_options(step, plan), &error, &offset, context.get()));
    if (made.code == nullptr)
        return base::Error{fmt::format("'{}' is no expression: at byte {}, {}", text, offset,
                                       pcre2_message(error))};
    uint32_t options = 0;
    pcre2_pattern_info(made.code.get(), PCRE2_INFO_ALLOPTIONS, &options);
    made.begins_at_start = (options & PCRE2_ANCHORED) != 0;
    made.leading_run = leading_run(text, compile_options(step, plan), context.get());
    // What the JIT compiler does not know is interpreted.
    made.has_jit = use_jit && pcre2_jit_compile(made.code.get(), PCRE2_JIT_COMPLETE) == 0;
    size_t jit_bytes = 0;
    pcre2_pattern_info(made.code.get(), PCRE2_INFO_JITSIZE, &jit_bytes);
    made.has_jit = made.has_jit && jit_bytes != 0;
    return base::Ok{};
}

int Expressions::run(const Expression& expression, std::span<const uint8_t> subject, uint64_t from,
                     uint64_t last, uint32_t limit, ExpressionScratch& scratch) {
    // PCRE2 takes no null pointer, not even for no bytes.
    static constexpr uint8_t nothing = 0;
    const uint8_t* const bytes = subject.empty() ? &nothing : subject.data();
    pcre2_set_match_limit(scratch.context_, limit);
    pcre2_set_offset_limit(scratch.context_, last);
    const auto match = expression.has_jit ? pcre2_jit_match : pcre2_match;
    const uint32_t options = expression.has_jit ? 0 : PCRE2_NO_JIT;
    return match(expression.code.get(), bytes, subject.size(), from, options, scratch.data_,
                 scratch.context_);
}

uint64_t Expressions::behind_run(const Expression& expression, std::span<const uint8_t> subject,
                                 uint64_t start) {
    while (start <= subject.size() && expression.leading_run[subject[start - 1]]) start++;
    return start;
}

Occurrence Expressions::find(uint32_t number, std::span<const uint8_t> subject, uint64_t from,
                             ExpressionScratch& scratch, Work& work) const {
    constexpr Occurrence none{Occurrence::Kind::none, 0, 0};
    const Expression& expression = expressions_[number];
    if (from > subject.size() || (from > 0 && expression.begins_at_start)) return none;
    const uint64_t starts_end = expression.begins_at_start ? 1 : subject.size() + 1;
    uint64_t starts = starts_max;
    uint32_t limit = match_limit_first;
    while (from < starts_end && !work.spent()) {
        const uint64_t next = std::min(from + starts, starts_end);
        const int result = run(expression, subject, from, next - 1, limit, scratch);
        work.take(1);
        if (result == PCRE2_ERROR_MATCHLIMIT) {
            work.take(limit / match_calls_per_unit);
            const uint64_t run = behind_run(expression, subject, from + 1) - from;
            if (run > match_limit_first && limit == match_limit_first) {
                // What the run alone takes, in one go; 2^31 bytes are the longest buffer.
                starts = 1;
                limit = static_cast<uint32_t>(run);
            } else if (next - from > 1) {
                starts = std::max<uint64_t>(std::min(starts, next - from) / 16, 1);
            } else if (limit <= UINT32_MAX / 2) {
                limit *= 2;
            } else return {Occurrence::Kind::gave_up, 0, 0};
        } else if (result == PCRE2_ERROR_NOMATCH) {
            work.take((next - from) / Work::expression_bytes_per_unit);
            if (limit > match_limit_first) work.take(limit / match_calls_per_unit);
            from = behind_run(expression, subject, next);
            work.take((from - next) / Work::literal_bytes_per_unit);
            starts = std::min(starts * 4, starts_max);
            limit = match_limit_first;
        } else if (result < 0) {
            return {Occurrence::Kind::gave_up, 0, 0};
        } else {
            // The start is not that of the match if the expression contains \K; the end always is.
            const uint64_t start = pcre2_get_startchar(scratch.data_);
            const uint64_t end = pcre2_get_ovector_pointer(scratch.data_)[1];
            work.take((std::max(start, end) - from) / Work::expression_bytes_per_unit);
            return {Occurrence::Kind::found, start, end};
        }
    }
    return none;
}

}  // namespace baleen::match
