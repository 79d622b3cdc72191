// What several subcommands have in common: reading settings, saying what is wrong.
#pragma once

#include <string>
#include <vector>

#include "config/loader.h"
#include "config/settings.h"

namespace baleen::cli {

// Prints "baleen: SENTENCE" to standard error and returns exit_usage.
int usage_error(const std::string& sentence);
// The same, returning exit_failure.
int run_error(const std::string& sentence);

// The file (empty: none), then the assignments. Whether all of it fits together is asked later.
config::Problems read_settings(const std::string& file, const std::vector<std::string>& assignments,
                               config::Settings& settings);
// The same, and then the combination of all.
config::Problems load_settings(const std::string& file, const std::vector<std::string>& assignments,
                               config::Settings& settings);

// Everything that is wrong with the values, including what only the stages that use them can tell.
config::Problems check_settings(const config::Settings& settings);

// The captures that -r means: files as they are, folders as the captures in them by name.
config::Problems expand_captures(const std::vector<std::string>& arguments,
                                 std::vector<std::string>& files);

}  // namespace baleen::cli
