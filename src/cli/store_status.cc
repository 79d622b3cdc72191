// `baleen store status`: what is stored, and how long the budgets last.
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/options.h"
#include "cli/store_commands.h"
#include "cli/time_text.h"
#include "control/store/retention.h"
#include "control/store/store.h"

namespace baleen::cli {
namespace {

std::string size_text(uint64_t bytes) {
    return base::format_rounded(static_cast<double>(bytes), "B");
}

void print_json(const store::StoreStatus& status) {
    // JSON has no infinity: null.
    const auto number = [](double value) {
        return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
    };
    nlohmann::ordered_json out;
    out["directory"] = status.directory;
    out["slices"] = status.slices;
    out["damaged"] = status.damaged;
    out["bytes"] = status.bytes;
    out["oldest"] = status.slices == 0 ? "" : time_text(status.oldest_ns);
    out["newest"] = status.slices == 0 ? "" : time_text(status.newest_ns);
    out["oldest_ns"] = status.oldest_ns;
    out["newest_ns"] = status.newest_ns;
    out["disk_bytes"] = status.disk_bytes;
    out["disk_free_bytes"] = status.disk_free_bytes;
    out["budget_bytes"] = status.budget_bytes;
    out["bytes_per_day"] = std::round(status.forecast.bytes_per_day);
    out["history_days"] = number(status.forecast.history_days);
    out["deletion_days"] = number(status.forecast.deletion_days);
    out["full_days"] = number(status.forecast.full_days);
    fmt::print("{}\n", out.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string days_text(double days) {
    if (!std::isfinite(days)) return "never";
    return days < 1 ? fmt::format("in {:.1f} hours", days * 24)
                    : fmt::format("in {:.1f} days", days);
}

void print_text(const store::StoreStatus& status) {
    const auto& forecast = status.forecast;
    fmt::print("store    {}\n", status.directory);
    fmt::print("slices   {}, {} in all{}\n", status.slices, size_text(status.bytes),
               status.damaged == 0
                   ? ""
                   : fmt::format("; {} damaged, put aside as *.damaged", status.damaged));
    if (status.slices > 0)
        fmt::print("time     {} to {}\n", time_text(status.oldest_ns), time_text(status.newest_ns));
    fmt::print("disk     {} free of {}; the store may take {}\n", size_text(status.disk_free_bytes),
               size_text(status.disk_bytes), size_text(status.budget_bytes));
    if (forecast.bytes_per_day <= 0) return;
    fmt::print("lately   {} a day\n", base::format_rounded(forecast.bytes_per_day, "B"));
    if (std::isfinite(forecast.history_days))
        fmt::print("history  {:.1f} days fit in\n", forecast.history_days);
    fmt::print("oldest   deleted {}\n", days_text(forecast.deletion_days));
    fmt::print("full     {}\n", days_text(forecast.full_days));
}

}  // namespace

Command add_store_status(CLI::App& app) {
    struct State {
        std::string data, config;
        std::vector<std::string> assignments;
        bool json = false;
    };
    auto state = std::make_shared<State>();
    app.add_option("--data", state->data, "Folder of the store");
    app.add_option("-c,--config", state->config, "Configuration file: its budgets count");
    app.add_option("--set", state->assignments, "KEY=VALUE, as for run")->allow_extra_args(false);
    app.add_flag("--json", state->json, "One JSON object");
    return [state]() -> int {
        config::Settings settings;
        const auto problems = read_settings(state->config, state->assignments, settings);
        for (const std::string& problem : problems) usage_error(problem);
        if (!problems.empty()) return exit_usage;
        const std::string directory =
            store_folder(state->data.empty() ? settings.store.directory : state->data);
        if (directory.empty()) return exit_failure;
        const auto status = store::store_status(directory, settings.store);
        if (state->json) print_json(status);
        else print_text(status);
        return exit_ok;
    };
}

}  // namespace baleen::cli
