// `baleen serve`: the API and the dashboard over what is stored, without a run.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "config/loader.h"

namespace baleen::cli {
namespace {

struct Options {
    std::string config;
    std::string data;
    std::string listen;
    std::vector<std::string> assignments;
};

// The control process takes this one's place, so that signals and the exit status are its own.
int become_control(const config::Settings& settings) {
    std::error_code failed;
    const auto path =
        std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / "baleen-control";
    const int fd = ::memfd_create("baleen.toml", 0);
    const std::string text = config::format_plain(settings);
    if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return run_error("the configuration cannot be handed on");
    const std::string file = fmt::format("/proc/self/fd/{}", fd);
    ::execl(path.c_str(), "baleen-control", "-c", file.c_str(), "--serve", nullptr);
    return run_error(fmt::format("cannot start {}: {}", path.string(), std::strerror(errno)));
}

}  // namespace

Command add_serve(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("-c,--config", options->config, "Configuration file (TOML)");
    app.add_option("--data", options->data, "Folder of the store");
    app.add_option("--listen", options->listen, "Address and port, such as 127.0.0.1:8600");
    app.add_option("--set", options->assignments,
                   "KEY=VALUE: any key of the configuration; may be repeated")
        ->allow_extra_args(false);
    return [options]() -> int {
        config::Settings settings;
        auto problems = read_settings(options->config, options->assignments, settings);
        if (!options->data.empty()) settings.store.directory = options->data;
        if (!options->listen.empty()) settings.api.listen = options->listen;
        if (settings.api.listen.empty())
            problems.push_back("serve needs an address: --listen 127.0.0.1:8600, or api.listen");
        if (problems.empty()) problems = config::check(settings);
        for (const std::string& problem : problems) usage_error(problem);
        return problems.empty() ? become_control(settings) : exit_usage;
    };
}

}  // namespace baleen::cli
