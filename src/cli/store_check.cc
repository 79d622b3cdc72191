// `baleen store check`: whether every slice is sound.
#include "control/store/slice_check.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/options.h"
#include "cli/store_commands.h"
#include "control/store/store_files.h"

namespace baleen::cli {
namespace {

void print_json(const store::SliceCheck& check) {
    nlohmann::ordered_json out;
    out["file"] = check.path;
    out["sound"] = check.is_sound();
    out["damaged"] = check.is_damaged;
    out["version"] = check.version;
    out["flows"] = check.flows;
    out["events"] = check.events;
    out["problems"] = check.problems;
    fmt::print("{}\n", out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_text(const store::SliceCheck& check) {
    const std::string name = std::filesystem::path(check.path).filename().string();
    fmt::print("{:<34} {:>10} flows {:>10} events  {}\n", name, check.flows, check.events,
               check.is_sound()   ? "sound"
               : check.is_damaged ? "DAMAGED"
                                  : "NOT SOUND");
    for (const std::string& problem : check.problems) fmt::print("    {}\n", problem);
}

}  // namespace

Command add_store_check(CLI::App& app) {
    struct State {
        std::string data;
        bool json = false;
    };
    auto state = std::make_shared<State>();
    app.add_option("--data", state->data, "Folder of the store");
    app.add_flag("--json", state->json, "One JSON object per slice");
    return [state]() -> int {
        const std::string directory = store_folder(state->data);
        if (directory.empty()) return exit_failure;
        uint32_t slices = 0, unsound = 0, aside = 0;
        for (const store::StoreFile& file : store::list_store_files(directory)) {
            if (file.is_damaged) {
                aside++;
                continue;
            }
            const store::SliceCheck check = store::check_slice(file.path);
            if (state->json) print_json(check);
            else print_text(check);
            slices++;
            if (!check.is_sound()) unsound++;
        }
        if (!state->json) {
            fmt::print("{} slices, {} of them not sound\n", slices, unsound);
            if (aside > 0)
                fmt::print("{} damaged ones were put aside (*.damaged) and are not checked\n",
                           aside);
        }
        if (unsound == 0) return exit_ok;
        return run_error(
            "a damaged slice is put aside when it is written to again; what can be read of it can "
            "be saved with `sqlite3 SLICE .recover`; roll-ups and blocks that do not agree are "
            "made "
            "anew by deleting them (docs/formats.md)");
    };
}

}  // namespace baleen::cli
