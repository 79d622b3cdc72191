// `baleen store compact`: finished slices as small and quick to ask as they can be.
#include "control/store/compact.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/options.h"
#include "cli/store_commands.h"
#include "control/store/store_files.h"

namespace baleen::cli {
namespace {

std::string size_text(uint64_t bytes) {
    return base::format_rounded(static_cast<double>(bytes), "B");
}

void print(const std::string& path, const store::Compaction& done, bool json) {
    if (json) {
        nlohmann::ordered_json out;
        out["file"] = path;
        out["in_use"] = done.is_in_use;
        out["version_before"] = done.version_before;
        out["bytes_before"] = done.bytes_before;
        out["bytes_after"] = done.bytes_after;
        fmt::print("{}\n", out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        return;
    }
    const std::string name = std::filesystem::path(path).filename().string();
    if (done.is_in_use) fmt::print("{}  is in use, left as it is\n", name);
    else
        fmt::print("{}  {} -> {}\n", name, size_text(done.bytes_before),
                   size_text(done.bytes_after));
}

}  // namespace

Command add_store_compact(CLI::App& app) {
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
        uint64_t before = 0, after = 0;
        int status = exit_ok;
        for (const store::StoreFile& file : store::list_store_files(directory)) {
            if (file.is_damaged) continue;
            const auto done = store::compact_slice(file.path);
            if (!done) {
                status = run_error(done.error().message + "; it is left as it was");
                continue;
            }
            print(file.path, *done, state->json);
            if (done->is_in_use) continue;
            before += done->bytes_before;
            after += done->bytes_after;
        }
        if (!state->json) fmt::print("{} before, {} now\n", size_text(before), size_text(after));
        return status;
    };
}

}  // namespace baleen::cli
