// What answers out of the store have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/api/http.h"
#include "control/store/cancel.h"

namespace baleen::endpoints {

// What a question of one answer may take; those that stream take as long as somebody reads.
store::Cancel cancel_of(const api::Request& request);

// Nothing if the question was answered to its end.
std::optional<api::Response> stopped(store::Outcome outcome);

// There is no store, or the cursor is not of this question.
api::Response store_problem(const base::Error& error);

// 503: others have all there is of something; how long to wait before asking again.
api::Response busy(std::string_view title, std::string_view detail, int wait_s);

// As JSON.
std::string quoted(std::string_view text);
std::string quoted(const std::vector<std::string>& texts);

}  // namespace baleen::endpoints
