// `baleen bench ndr`, in a file of its own.
#pragma once

#include "cli/commands.h"

namespace baleen::cli {

// Declares the subcommand; `command` is what to run if it was given.
CLI::App* add_bench_ndr(CLI::App& bench, Command& command);

}  // namespace baleen::cli
