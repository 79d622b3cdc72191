// `baleen rules reload`.
#pragma once

#include "cli/commands.h"

namespace baleen::cli {

Command add_rules_reload(CLI::App& app);

}  // namespace baleen::cli
