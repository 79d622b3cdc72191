// The words of `[parse] tunnels`.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "packet/parser.h"

namespace baleen::packet {

// Opens exactly the named encapsulations: "vxlan", "vxlan:8472" (on that UDP port), ...; "all"
// stands for what ParseOptions opens by itself. Error: what is wrong with the first word that is.
base::Status set_tunnels(std::span<const std::string> words, ParseOptions& options);

}  // namespace baleen::packet
