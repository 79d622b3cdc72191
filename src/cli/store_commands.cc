#include "cli/store_commands.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "cli/options.h"
#include "control/store/store.h"

namespace baleen::cli {

std::string store_folder(const std::string& data) {
    const std::string directory = data.empty() ? store::default_directory() : data;
    std::error_code failed;
    if (std::filesystem::is_directory(directory, failed)) return directory;
    run_error(fmt::format("there is no store in {}; `baleen run` makes one, --data names another",
                          directory));
    return "";
}

Command add_store(CLI::App& app) {
    app.require_subcommand(1);
    struct Entry {
        CLI::App* app;
        Command command;
    };
    const auto add = [&](const char* name, const char* description, Command (*declare)(CLI::App&)) {
        CLI::App* sub = app.add_subcommand(name, description);
        return Entry{sub, declare(*sub)};
    };
    const std::array entries = {
        add("status", "What is stored, and how long the budgets last", add_store_status),
        add("check", "Whether every slice is sound", add_store_check),
        add("compact", "Make finished slices as small and quick as they can be", add_store_compact),
        add("export", "Flows and events of a time, as SQLite, CSV or EVE JSON", add_store_export),
    };
    return [entries]() -> int {
        for (const Entry& entry : entries)
            if (entry.app->parsed()) return entry.command();
        return exit_usage;
    };
}

}  // namespace baleen::cli
