// `baleen rules reload`: asks the control process of a run to load its rule files again.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/rules_compile.h"
#include "cli/rules_reload.h"
#include "config/loader.h"
#include "ring/attach.h"

namespace baleen::cli {
namespace {

// Compiling the largest sets takes minutes.
constexpr auto patience = std::chrono::minutes(30);

struct Options {
    std::string config;
    std::string socket;
    bool json = false;
};

// True: it was but a step on the way to the answer.
bool tell_progress(std::string_view message) {
    const auto step = nlohmann::json::parse(message, nullptr, false);
    if (!step.is_object() || !step.contains("databases_done")) return false;
    show_progress({step.value("databases_done", 0u), step.value("database_count", 0u),
                   step.value("seconds", 0.0)});
    return true;
}

void tell_problems(const nlohmann::json& report) {
    const auto problems = report.value("problems", nlohmann::json::object());
    const auto lines = problems.value("lines", std::vector<std::string>());
    for (const std::string& line : lines) fmt::print(stderr, "{}\n", line);
    if (const size_t count = problems.value("count", size_t{0}); count > lines.size())
        fmt::print(stderr, "... and {} more; baleen rules check lists them\n",
                   count - lines.size());
}

int reload(const Options& options) {
    config::Settings settings;
    if (!options.config.empty()) {
        const auto problems = config::load_file(options.config, settings);
        for (const std::string& problem : problems) fmt::print(stderr, "{}\n", problem);
        if (!problems.empty()) return exit_usage;
    }
    const std::string& socket =
        options.socket.empty() ? settings.run.control_socket : options.socket;
    const auto answer = ring::ask(socket, "reload", patience, tell_progress);
    if (!answer)
        return run_error(
            fmt::format("{}; is a run with rules going on, and is this its "
                        "run.control_socket?",
                        answer.error().message));
    const auto report = nlohmann::json::parse(*answer, nullptr, false);
    if (!report.is_object()) return run_error("the control process speaks another version");
    tell_problems(report);
    fmt::print("{}\n", options.json ? *answer : report.value("text", ""));
    return report.value("in_use", false) ? exit_ok : exit_failure;
}

}  // namespace

Command add_rules_reload(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("-c,--config", options->config, "Configuration file of the run");
    app.add_option("--socket", options->socket, "Its run.control_socket");
    app.add_flag("--json", options->json, "The answer as JSON");
    return [=] { return reload(*options); };
}

}  // namespace baleen::cli
