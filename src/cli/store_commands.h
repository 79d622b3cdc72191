// `baleen store`: how the store stands, whether it is sound, and what can be made of its slices.
#pragma once

#include "cli/commands.h"

namespace baleen::cli {

Command add_store_status(CLI::App& app);
Command add_store_check(CLI::App& app);
Command add_store_compact(CLI::App& app);
Command add_store_export(CLI::App& app);

// The folder that --data names, or where there is none the one in use; empty if there is none
// (an error has been printed).
std::string store_folder(const std::string& data);

}  // namespace baleen::cli
