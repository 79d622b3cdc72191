// "Did you mean": the nearest of a list of names.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace baleen::base {

// The candidate with the fewest edits from `name`, or empty if none is near enough to be meant.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace baleen::base
