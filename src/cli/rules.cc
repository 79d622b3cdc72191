// `baleen rules check | import | compile`; `test`, `profile` and `reload` have
// files of their own.
#include <fmt/format.h>

#include <fstream>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/rules_compile.h"
#include "cli/rules_reload.h"
#include "cli/rules_report.h"
#include "rules/compile/cache.h"
#include "rules/pattern_file.h"
#include "rules/rule_set.h"

namespace baleen::cli {
namespace {

struct State {
    std::vector<std::string> files;
    std::vector<std::string> assignments;
    std::string dialect;
    rules::LoadOptions options;
    bool json = false;
    bool list = false;
    bool compile = false;
    bool patterns = false;
    rules::compile::CompileOptions compile_options;
    uint64_t memory_mib = 1024;
    std::string output;
    std::string cache;
};

void add_common(CLI::App& app, State& state) {
    app.add_option("FILE", state.files,
                   "Rule files: native (.toml), or those of Suricata and Snort 3")
        ->required();
    app.add_option("--dialect", state.dialect, "suricata or snort3; by content without it")
        ->check(CLI::IsMember({"suricata", "snort3"}));
    app.add_option("--var", state.assignments,
                   "NAME=VALUE: a variable such as HOME_NET, as rules write addresses and ports")
        ->allow_extra_args(false);
    app.add_option("--classification", state.options.classification,
                   "classification.config with the priorities of classtypes");
}

void add_compile(CLI::App& app, State& state) {
    rules::compile::CompileOptions& options = state.compile_options;
    app.add_option("-o,--output", state.output, "Where to write the image");
    app.add_option("--cache", state.cache, "A folder of images that were compiled before");
    app.add_option("--classes", options.class_max,
                   "Port classes, for each of TCP and UDP and each side")
        ->check(CLI::Range(uint32_t{1}, ruleset::class_count_max));
    app.add_option("--memory", state.memory_mib, "Budget of the compiled rules in MiB")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 20));
    app.add_option("--workers", options.worker_count, "Workers that will use it")
        ->check(CLI::Range(1, 1024));
    app.add_option("--jobs", options.jobs, "Databases that are compiled at the same time")
        ->check(CLI::Range(1, 64));
    app.add_flag("--prefilter", state.options.prefilter,
                 "With what is left of rules that cannot be expressed");
    app.add_flag("--patterns", state.patterns,
                 "The files hold bare patterns, ID:/EXPRESSION/FLAGS a line");
    app.add_flag("--json", state.json, "The report as JSON");
}

// The rest of the options out of what was typed; a sentence if that is wrong.
std::string complete(State& state) {
    if (state.dialect == "suricata") state.options.dialect = rules::Dialect::suricata;
    if (state.dialect == "snort3") state.options.dialect = rules::Dialect::snort3;
    state.compile_options.memory_bytes_max = state.memory_mib << 20;
    for (const std::string& assignment : state.assignments) {
        const size_t equals = assignment.find('=');
        if (equals == std::string::npos || equals == 0)
            return fmt::format("--var {}: write it as NAME=VALUE, for example HOME_NET=10.0.0.0/8",
                               assignment);
        state.options.variables.emplace_back(assignment.substr(0, equals),
                                             assignment.substr(equals + 1));
    }
    return {};
}

void print_lines(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) fmt::print(stderr, "{}\n", line);
}

base::Result<rules::compile::Compiled> compile_set(const rules::RuleSet& set, const State& state) {
    std::vector<std::string> notices;
    auto compiled = rules::compile::compile_cached(set, state.compile_options, state.cache,
                                                   show_progress, notices);
    print_lines(notices);
    return compiled;
}

// Expressions are looked at by those who will use them.
int check_by_compiling(const rules::RuleSet& set, const State& state) {
    const auto compiled = compile_set(set, state);
    if (!compiled) return run_error(compiled.error().message);
    const rules::compile::Report& report = compiled->report;
    print_lines(format_notes(report.dropped, set.rules));
    fmt::print("{} rules compiled, {} dropped, {} expensive\n", report.rules, report.dropped.size(),
               report.expensive.size());
    return set.problems.empty() && report.dropped.empty() ? exit_ok : exit_failure;
}

int compile(const rules::RuleSet& set, const State& state) {
    if (!state.json) print_problems(set);
    const auto compiled = compile_set(set, state);
    if (!compiled) return run_error(compiled.error().message);
    const rules::compile::Report& report = compiled->report;
    if (state.json) {
        fmt::print("{}", format_compile_json(set, report));
    } else {
        print_lines(format_notes(report.dropped, set.rules));
        fmt::print("{}", format_compile_report(set, report));
    }
    if (!state.output.empty()) {
        const auto image = compiled->image.span();
        std::ofstream file(state.output, std::ios::binary | std::ios::trunc);
        file.write(reinterpret_cast<const char*>(image.data()),
                   static_cast<std::streamsize>(image.size()));
        if (!file.flush())
            return run_error(fmt::format("{} cannot be written; check the path and its permissions",
                                         state.output));
    }
    return set.problems.empty() && report.dropped.empty() ? exit_ok : exit_failure;
}

int check(const rules::RuleSet& set, const State& state) {
    print_problems(set);
    const rules::Counts& counts = set.counts;
    fmt::print("{} rules: {} valid, {} invalid, {} that cannot be expressed", counts.rules,
               counts.exact, counts.invalid, counts.refused);
    fmt::print("{}\n", counts.refused != 0 ? " (`baleen rules import` says why)" : "");
    if (state.compile) return check_by_compiling(set, state);
    return set.problems.empty() ? exit_ok : exit_failure;
}

int import(const rules::RuleSet& set, const State& state) {
    if (state.json) {
        fmt::print("{}", format_report_json(set, state.list));
    } else {
        print_problems(set);
        fmt::print("{}", format_report(set, state.list));
    }
    return set.problems.empty() ? exit_ok : exit_failure;
}

}  // namespace

Command add_rules(CLI::App& app) {
    auto state = std::make_shared<State>();
    app.require_subcommand(1);
    CLI::App* checked = app.add_subcommand("check", "Report everything that is wrong with rules");
    add_common(*checked, *state);
    checked->add_flag("--compile", state->compile, "Compile the valid rules as well");
    CLI::App* imported = app.add_subcommand(
        "import", "Say which rules mean the same here, and what stands in the way of the others");
    add_common(*imported, *state);
    imported->add_flag("--prefilter", state->options.prefilter,
                       "Load what is left of the others, as prefilter");
    imported->add_flag("--json", state->json, "The report as JSON");
    imported->add_flag("--list", state->list, "The ids of the rules behind each count");

    CLI::App* reloaded = app.add_subcommand("reload", "Have a run load its rule files again");
    const Command reload = add_rules_reload(*reloaded);
    CLI::App* compiled =
        app.add_subcommand("compile", "Compile rules to the image that the data plane loads");
    add_common(*compiled, *state);
    add_compile(*compiled, *state);

    CLI::App* tested = app.add_subcommand("test", "Say which rules hit which flows of a capture");
    const Command test = add_rules_test(*tested);
    CLI::App* profiled = app.add_subcommand("profile", "Say what rules cost on a capture");
    const Command profile = add_rules_profile(*profiled);

    return [=]() -> int {
        if (reloaded->parsed()) return reload();
        if (tested->parsed()) return test();
        if (profiled->parsed()) return profile();
        if (const std::string wrong = complete(*state); !wrong.empty()) return usage_error(wrong);
        const rules::RuleSet set = state->patterns
                                       ? rules::load_patterns(state->files)
                                       : rules::load_rules(state->files, state->options);
        if (compiled->parsed()) return compile(set, *state);
        return checked->parsed() ? check(set, *state) : import(set, *state);
    };
}

}  // namespace baleen::cli
