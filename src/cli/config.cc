// `baleen config check | show | explain | default`.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "config/loader.h"

namespace baleen::cli {

Command add_config(CLI::App& app) {
    struct State {
        std::string file;
        std::vector<std::string> assignments;
        std::string key;
    };
    auto state = std::make_shared<State>();
    app.require_subcommand(1);

    CLI::App* check =
        app.add_subcommand("check", "Report everything that is wrong with a configuration");
    check->add_option("FILE", state->file, "Configuration file")->required();
    CLI::App* show = app.add_subcommand("show", "Print the configuration in effect");
    show->add_option("FILE", state->file, "Configuration file");
    show->add_option("--set", state->assignments, "KEY=VALUE, as for run")->allow_extra_args(false);
    CLI::App* explain = app.add_subcommand(
        "explain", "Say what a key does, what it takes and what it is by default");
    explain->add_option("KEY", state->key, "Key or section; all keys without it");
    CLI::App* defaults = app.add_subcommand("default", "Print the commented file with every key");

    return [=]() -> int {
        config::Settings settings;
        if (explain->parsed()) {
            const std::string text = config::explain(state->key);
            if (text.empty()) {
                const std::string near = config::suggest(state->key);
                return usage_error(
                    fmt::format("there is no key '{}'{}", state->key,
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
            }
            fmt::print("{}", text);
            return exit_ok;
        }
        if (defaults->parsed()) {
            fmt::print("{}", config::format_commented(settings));
            return exit_ok;
        }
        const auto problems = load_settings(state->file, state->assignments, settings);
        for (const std::string& problem : problems) usage_error(problem);
        if (!problems.empty()) return exit_usage;
        if (check->parsed()) fmt::print("{}: all is well\n", state->file);
        else fmt::print("{}", config::format_plain(settings));
        return exit_ok;
    };
}

}  // namespace baleen::cli
