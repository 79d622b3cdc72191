// One [[rule]] table of a native file.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "rules/networks.h"
#include "rules/rule.h"

#include <toml++/toml.h>

namespace baleen::rules {

// Told of everything that is wrong, and where.
using Complain = std::function<void(const toml::node&, std::string)>;

Rule read_native_rule(const toml::table& table, Networks& networks, const Complain& complain);

// Addresses or ports: a text, a number, or a list of these. False: something else.
bool read_set(const toml::node& node, std::string& text);

std::string unknown_key(std::string_view name, std::span<const std::string_view> known);

}  // namespace baleen::rules
