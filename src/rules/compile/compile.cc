#include "rules/compile/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "rules/compile/assemble.h"
#include "rules/compile/layout.h"
#include "rules/compile/plan.h"

namespace baleen::rules::compile {
namespace {

std::string mebibytes(uint64_t bytes) {
    return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

// Of each rule: why it cannot be in an image at all.
std::vector<std::string> find_problems(const RuleSet& set) {
    std::vector<std::string> problems;
    for (const Rule& rule : set.rules) problems.push_back(find_rule_problem(rule));
    return problems;
}

// Where things stand of one call.
class Compiler {
public:
    Compiler(const RuleSet& set, const CompileOptions& options, const OnProgress& on_progress)
        : set_(set),
          rules_(set.rules),
          options_(options),
          on_progress_(on_progress),
          platform_(platform_of(options)),
          start_(std::chrono::steady_clock::now()) {}

    base::Result<Compiled> run() {
        tell(0, 0);
        plans_ = plan_rules(rules_, find_problems(set_), options_, platform_);
        // Every further round has fewer rules.
        for (;;) {
            number_rules();
            if (used_.empty()) return base::Error{empty_message()};
            grouping_ = group_rules(rules_, used_, options_.class_max);
            layout_ = lay_out(rules_, plans_, grouping_, number_of_);
            databases_.clear();
            if (std::string problem = compile_databases(); !problem.empty())
                return base::Error{std::move(problem)};
            const bool complete = std::ranges::all_of(
                databases_, [](const CompiledDatabase& d) { return d.problem.empty(); });
            if (complete) break;
            if (std::string problem = drop_blamed(); !problem.empty())
                return base::Error{std::move(problem)};
        }
        return finish();
    }

private:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    void tell(size_t done, size_t count) const {
        if (on_progress_)
            on_progress_({static_cast<uint32_t>(done), static_cast<uint32_t>(count), seconds()});
    }

    std::string empty_message() const {
        if (rules_.empty()) return "there are no rules to compile";
        const RuleNote first = {0, plans_[0].dropped};
        return fmt::format("none of {} rules can be compiled; the first: {}", rules_.size(),
                           format_notes({&first, 1}, rules_)[0]);
    }

    void number_rules() {
        used_.clear();
        number_of_.assign(rules_.size(), ruleset::absent);
        for (uint32_t i = 0; i < rules_.size(); i++) {
            if (!plans_[i].dropped.empty()) continue;
            number_of_[i] = static_cast<uint32_t>(used_.size());
            used_.push_back(i);
        }
    }

    // Several at a time, each in a child of its own; stops at the first that breaks the budget.
    std::string compile_databases() {
        const size_t count = layout_.databases.size();
        databases_.resize(count);
        std::mutex mutex;
        std::condition_variable changed;
        size_t next = 0;
        size_t done = 0;
        uint64_t bytes = 0;
        bool stop = false;
        const auto work = [&] {
            std::unique_lock lock(mutex);
            while (!stop && next < count) {
                const size_t index = next++;
                lock.unlock();
                CompiledDatabase compiled = compile_database(layout_.databases[index], platform_,
                                                             options_.database_time_max);
                lock.lock();
                // The image holds it as well.
                bytes += compiled.bytes + compiled.serialised.size();
                databases_[index] = std::move(compiled);
                done++;
                stop |= bytes > options_.memory_bytes_max;
                changed.notify_one();
            }
        };
        {
            std::vector<std::jthread> threads;
            for (uint32_t i = 0; i < std::max(options_.jobs, 1u); i++) threads.emplace_back(work);
            std::unique_lock lock(mutex);
            for (size_t told = 0; told < count && !stop;) {
                changed.wait(lock, [&] { return done > told || stop; });
                told = done;
                tell(done, count);
            }
        }
        if (bytes <= options_.memory_bytes_max) return {};
        return fmt::format(
            "the rules need more than {} after {} of {} databases, and the budget is {}; "
            "load fewer rules, allow fewer port classes or more memory",
            mebibytes(bytes), done, count, mebibytes(options_.memory_bytes_max));
    }

    // The rules of expressions that Hyperscan takes alone but not among others.
    std::string drop_blamed() {
        bool dropped = false;
        for (size_t i = 0; i < databases_.size(); i++) {
            const CompiledDatabase& database = databases_[i];
            if (database.problem.empty()) continue;
            if (database.bad_expression < 0) return database.problem;
            const size_t bad = static_cast<size_t>(database.bad_expression);
            const Expression& expression = layout_.databases[i].expressions[bad];
            for (RulePlan& plan : plans_) {
                if (!plan.dropped.empty() || !plan.pattern ||
                    plan.pattern->expression != expression)
                    continue;
                plan.dropped = fmt::format("its pattern cannot be compiled with the others ({})",
                                           database.problem);
                dropped = true;
            }
        }
        return dropped ? "" : "Hyperscan blames a pattern that no rule has";
    }

    base::Result<Compiled> finish() {
        Sections sections;
        for (const uint32_t rule : used_) {
            sections.add(rules_[rule]);
            uint8_t& flags = sections.rules.back().flags;
            const RulePlan& plan = plans_[rule];
            if (plan.pattern && plan.pattern->kind == PatternKind::direct) flags |= ruleset::direct;
            if (plan.judged_at_end) flags |= ruleset::judged_at_end;
        }
        const ContentKey key = content_key(set_, options_);
        uint64_t hash = 0;
        std::memcpy(&hash, key.data(), sizeof hash);
        Compiled out;
        out.image = assemble({sections, grouping_, layout_, databases_, platform_, hash});
        fill_report(out);
        if (std::string problem = budget_problem(out.report, options_); !problem.empty())
            return base::Error{std::move(problem)};
        return out;
    }

    void fill_report(Compiled& out) const {
        Report& report = out.report;
        describe(*ruleset::Image::open(out.image.span()), report);
        report.database_bytes = 0;
        for (size_t i = 0; i < databases_.size(); i++) {
            report.databases[i].bytes = databases_[i].bytes;
            report.databases[i].seconds = databases_[i].seconds;
            report.database_bytes += databases_[i].bytes;
            report.compile_peak_bytes =
                std::max(report.compile_peak_bytes, databases_[i].peak_bytes);
        }
        report.scratch_bytes = scratch_bytes_of(databases_);
        for (uint32_t i = 0; i < rules_.size(); i++) note(i, report);
        report.seconds = seconds();
    }

    void note(uint32_t index, Report& report) const {
        const RulePlan& plan = plans_[index];
        PatternCounts& counts = report.counts;
        if (!plan.dropped.empty()) {
            report.dropped.push_back({index, plan.dropped});
        } else if (plan.pattern) {
            switch (plan.pattern->kind) {
                case PatternKind::direct: counts.direct++; break;
                case PatternKind::literal: counts.literal++; break;
                case PatternKind::regex: counts.regex++; break;
                case PatternKind::prefilter: counts.prefilter++; break;
                case PatternKind::weak: counts.weak++; break;
            }
            if (!plan.pattern->is_selective)
                report.expensive.push_back(
                    {index, "no bytes are common to all matches of its expression"});
        } else if (rules_[index].steps.empty()) {
            counts.headers_only++;
        } else {
            counts.without++;
            report.expensive.push_back({index, "judged on all data: " + plan.without_pattern});
        }
    }

    const RuleSet& set_;
    std::span<const Rule> rules_;
    const CompileOptions& options_;
    const OnProgress& on_progress_;
    hs_platform_info_t platform_;
    std::chrono::steady_clock::time_point start_;
    std::vector<RulePlan> plans_;
    std::vector<uint32_t> used_;       // that are not dropped
    std::vector<uint32_t> number_of_;  // in the image
    Grouping grouping_;
    Layout layout_;
    std::vector<CompiledDatabase> databases_;
};

}  // namespace

base::Result<Compiled> compile_rules(const RuleSet& set, const CompileOptions& options,
                                     const OnProgress& on_progress) {
    return Compiler(set, options, on_progress).run();
}

std::string budget_problem(const Report& report, const CompileOptions& options) {
    const uint64_t need = report.memory_bytes(options.worker_count);
    if (need <= options.memory_bytes_max) return {};
    return fmt::format(
        "the rules need {} ({} of image, {} of databases, {} of scratch for each of {} workers), "
        "and the budget is {}; load fewer rules, allow fewer port classes or more memory",
        mebibytes(need), mebibytes(report.image_bytes), mebibytes(report.database_bytes),
        mebibytes(report.scratch_bytes), options.worker_count, mebibytes(options.memory_bytes_max));
}

hs_platform_info_t platform_of(const CompileOptions& options) {
    if (options.platform) return *options.platform;
    hs_platform_info_t platform{};
    ::hs_populate_platform(&platform);
    return platform;
}

}  // namespace baleen::rules::compile
