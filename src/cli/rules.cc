// `baleen rules check | import`; rules_test.cc has `baleen rules test`.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/rules_report.h"
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

// The rest of the options out of what was typed; a sentence if that is wrong.
std::string complete(State& state) {
    if (state.dialect == "suricata") state.options.dialect = rules::Dialect::suricata;
    if (state.dialect == "snort3") state.options.dialect = rules::Dialect::snort3;
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

int check(const rules::RuleSet& set) {
    print_problems(set);
    const rules::Counts& counts = set.counts;
    fmt::print("{} rules: {} valid, {} invalid, {} that cannot be expressed", counts.rules,
               counts.exact, counts.invalid, counts.refused);
    fmt::print("{}\n", counts.refused != 0 ? " (`baleen rules import` says why)" : "");
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
    CLI::App* imported = app.add_subcommand(
        "import", "Say which rules mean the same here, and what stands in the way of the others");
    add_common(*imported, *state);
    imported->add_flag("--prefilter", state->options.prefilter,
                       "Load what is left of the others, as prefilter");
    imported->add_flag("--json", state->json, "The report as JSON");
    imported->add_flag("--list", state->list, "The ids of the rules behind each count");

    CLI::App* tested = app.add_subcommand("test", "Say which rules hit which flows of a capture");
    const Command test = add_rules_test(*tested);

    return [=]() -> int {
        if (tested->parsed()) return test();
        if (const std::string wrong = complete(*state); !wrong.empty()) return usage_error(wrong);
        const rules::RuleSet set = rules::load_rules(state->files, state->options);
        return checked->parsed() ? check(set) : import(set, *state);
    };
}

}  // namespace baleen::cli
