// What sharkd answers, as the API tells it (docs/openapi.json).
//
// Must hold: whatever sharkd says, something comes out that is as the description has it; members
// that are missing or of another kind count as absent.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace baleen::endpoints {

// Of `frames`, which was asked for one row more than `limit`.
nlohmann::ordered_json dissected_list(const nlohmann::json& frames, uint64_t limit);
// Of `frame` with its tree and bytes.
nlohmann::ordered_json dissected_packet(const nlohmann::json& frame, uint64_t number);
// Of `follow`; pieces up to `bytes_max` of base64.
nlohmann::ordered_json dissected_stream(const nlohmann::json& follow, size_t bytes_max);
// Of `complete`, `fields_max` at most.
nlohmann::ordered_json display_fields(const nlohmann::json& complete, size_t fields_max);

}  // namespace baleen::endpoints
