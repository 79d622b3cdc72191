// docs/openapi.json, as it was when this was built.
#pragma once

#include <string_view>

namespace baleen::endpoints {

extern const std::string_view openapi;

}  // namespace baleen::endpoints
