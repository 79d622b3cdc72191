// The keys of a [[rule]] that say what to look for.
#pragma once

#include <span>
#include <string_view>

#include "rules/native_rule.h"

namespace baleen::rules {

std::span<const std::string_view> payload_keys();
bool is_payload_key(std::string_view key);

// pattern, literals, flags, offset, depth. Literals come first, then the pattern.
void read_payload(const toml::table& table, Rule& rule, const Complain& complain);

}  // namespace baleen::rules
