// From TOML text and --set arguments to Settings, with all errors at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace baleen::config {

// Each problem is one line: "baleen.toml:12:5: unknown key 'flow.idel_timeout'; did you mean
// 'flow.idle_timeout'?"
using Problems = std::vector<std::string>;

// Values found are written to `settings` even when others are wrong. `name` stands in the messages.
Problems load_text(std::string_view toml, std::string_view name, Settings& settings);
Problems load_file(const std::string& path, Settings& settings);

// KEY=VALUE as given to --set; VALUE as in TOML, quotes may be left out.
Problems apply_assignment(std::string_view assignment, Settings& settings);

// What no single key can tell: combinations that cannot run.
Problems check(const Settings& settings);

// The commented file with all keys and the values of `settings`.
std::string format_commented(Settings settings);

// Keys and values only, sections in order; load_text() reads it back.
std::string format_plain(Settings settings);

// One key explained; a problem line when there is none of that name.
std::string explain(std::string_view name);

// The nearest of all key names, or empty if none is near.
std::string suggest(std::string_view name);

}  // namespace baleen::config
