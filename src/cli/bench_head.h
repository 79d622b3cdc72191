// What stands in front of every benchmark's figures: the machine and the build that they are of.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace baleen::cli {

// An object to which figures are added.
nlohmann::ordered_json bench_json(std::string_view benchmark);
void print_bench_machine();

}  // namespace baleen::cli
