// The subcommands of `baleen graph`, a file each.
#pragma once

#include "cli/commands.h"

namespace baleen::cli {

Command add_graph_metrics(CLI::App& app);
Command add_graph_export(CLI::App& app);
Command add_graph_path(CLI::App& app);
Command add_graph_diff(CLI::App& app);
Command add_graph_scans(CLI::App& app);

}  // namespace baleen::cli
