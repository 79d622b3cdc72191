#include "control/open_api.h"

#include <filesystem>

#include "control/endpoints/packet_search.h"

namespace baleen::control {
namespace {

// The dashboard's pages, where this program was installed or built with them.
std::string built_pages() {
    namespace fs = std::filesystem;
    std::error_code failed;
    const fs::path here = fs::read_symlink("/proc/self/exe", failed).parent_path();
    for (const char* place : {"../share/baleen/www", "src/dashboard/www"})
        if (fs::exists(here / place / "index.html", failed)) return (here / place).string();
    return {};
}

api::Router routes(const endpoints::Services& services, bool has_pages) {
    api::Router router;
    if (!has_pages) endpoints::add_no_pages(router);
    endpoints::add_status(router, services);
    endpoints::add_metrics(router, services);
    endpoints::add_records(router, services);
    endpoints::add_analysis(router, services);
    endpoints::add_graph(router, services);
    endpoints::add_rules(router, services);
    const auto searches = std::make_shared<endpoints::PacketSearches>();
    endpoints::add_packets(router, services, searches);
    endpoints::add_dissections(router, services, searches);
    endpoints::add_reference(router, services);
    return router;
}

}  // namespace

base::Result<std::unique_ptr<api::Server>> open_api(const endpoints::Services& services,
                                                    api::EventHub& hub,
                                                    void (*tell)(const std::string& line)) {
    config::Settings::Api settings = services.settings.api;
    if (settings.www.empty()) settings.www = built_pages();
    return api::Server::open(settings, routes(services, !settings.www.empty()), hub, tell);
}

}  // namespace baleen::control
