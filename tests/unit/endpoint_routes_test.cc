// Which routes wait for other programs: they have threads of their own.
#include <gtest/gtest.h>

#include <atomic>

#include "control/endpoints/endpoints.h"
#include "control/endpoints/packet_search.h"
#include "control/sharkd/dissections.h"

namespace baleen::endpoints {
namespace {

TEST(Routes, OfPacketsAndDissectionsRunOnHelpersThreadsAndNoOthersDo) {
    const config::Settings settings;
    const live::RunWatch runs;
    const live::Sampler sampler(runs);
    control::RuleDesk rules;
    graph::LiveGraph live({.windows_ns = {1'000'000'000}});
    graph::FanOut fan_out({});
    sharkd::Dissections dissections;
    const std::atomic<bool> is_ready{true};
    const Services services{.settings = settings,
                            .runs = runs,
                            .sampler = sampler,
                            .rules = rules,
                            .graph = live,
                            .fan_out = fan_out,
                            .systems = nullptr,
                            .dissections = dissections,
                            .is_ready = is_ready};
    api::Router router;
    const auto searches = std::make_shared<PacketSearches>();
    add_packets(router, services, searches);
    add_dissections(router, services, searches);
    const size_t waiting = router.routes().size();
    add_status(router, services);
    add_records(router, services);
    add_analysis(router, services);
    add_graph(router, services);
    for (size_t i = 0; i < router.routes().size(); i++) {
        const api::Route& route = router.routes()[i];
        EXPECT_EQ(route.threads == api::Threads::helpers, i < waiting) << route.pattern;
    }
}

}  // namespace
}  // namespace baleen::endpoints
