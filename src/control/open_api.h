// The API of this process: all its routes, and the pages of the dashboard where there are any.
#pragma once

#include <memory>
#include <string>

#include "control/api/server.h"
#include "control/endpoints/endpoints.h"

namespace baleen::control {

// Tells its address. `services` and `hub` outlive it.
base::Result<std::unique_ptr<api::Server>> open_api(const endpoints::Services& services,
                                                    api::EventHub& hub,
                                                    void (*tell)(const std::string& line));

}  // namespace baleen::control
