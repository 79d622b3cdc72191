#include "control/ingest_run.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/units.h"
#include "control/ingest.h"
#include "control/rules/rule_service.h"

namespace baleen::control {
namespace {

// An empty ring is looked at again after this: a thousandth of a second of delay, no load worth the
// name.
constexpr int idle_wait_ms = 1;
constexpr auto show_interval = std::chrono::seconds(1);
constexpr auto retain_interval = std::chrono::seconds(60);
// How long a store that fails is tried after the run has ended; the data plane has waited before
// that.
constexpr auto store_patience = std::chrono::seconds(3);

// The names of the run's ports, one a line, as the store keeps them.
std::string port_names(const stats::Segment& segment) {
    std::string names;
    const uint32_t count = std::min(segment.header.port_count, limits::port_count_max);
    for (uint32_t i = 0; i < count; i++) {
        const auto& name = segment.ports[i].name;
        names += std::string(name, ::strnlen(name, sizeof name)) + "\n";
    }
    return names;
}

bool is_readable(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, 0) > 0;
}

void tell_limited(const RateLimiter& limiter, void (*tell)(const std::string&)) {
    uint64_t events = limiter.suppressed_uncounted();
    for (const auto& [rule, count] : limiter.suppressed()) events += count;
    if (events > 0)
        tell(fmt::format("{} events of {} rules were not stored, as their rate limits want it",
                         events, limiter.suppressed().size()));
    if (limiter.passed_unlimited() > 0)
        tell(
            fmt::format("{} events were stored without regard to a rate limit: all {} places "
                        "were in use",
                        limiter.passed_unlimited(), limiter.size()));
}

}  // namespace

bool ingest_run(const ring::Attachment& attachment, const RunParts& parts) {
    const auto& [settings, store, desk, runs, sinks, signals, show, tell] = parts;
    const auto stats = ring::open_stats(attachment.stats.get());
    const auto watched = runs.begin(attachment);
    if (!stats || !watched) {
        tell("the statistics segment " + (!stats ? stats.error() : watched.error()).message);
        return false;
    }
    if (store != nullptr)
        store->set_run(attachment.run_id, stats->segment->header.start_ns,
                       port_names(*stats->segment));
    std::vector<ring::Reader> readers;
    for (const base::FileDescriptor& fd : attachment.rings)
        readers.push_back(ring::Reader::open(fd.get()));
    Ingest ingest(std::move(readers), store, settings.store, sinks);
    std::optional<RuleService> rules;
    if (!settings.rules.files.empty()) rules.emplace(settings, desk, tell).start();

    auto shown_at = std::chrono::steady_clock::now() - show_interval;
    auto retained_at = std::chrono::steady_clock::now() - retain_interval;
    auto given_up_at = std::chrono::steady_clock::now() + store_patience;
    for (;;) {
        const uint64_t taken = ingest.poll_once();
        for (const std::string& notice : ingest.take_notices()) tell(notice);
        if (std::chrono::steady_clock::now() - shown_at >= show_interval) {
            shown_at = std::chrono::steady_clock::now();
            show(ingest);
        }
        if (store != nullptr && std::chrono::steady_clock::now() - retained_at >= retain_interval) {
            retained_at = std::chrono::steady_clock::now();
            for (const std::string& deleted : store->retain()) tell(deleted);
        }
        if (rules && rules->has_failed()) {
            ingest.commit();
            return false;
        }
        if (taken > 0) continue;
        // The data plane may be gone without closing its rings; they end where they stand then.
        const bool ending = ingest.at_end() || is_readable(attachment.connection.get()) ||
                            is_readable(signals.get());
        if (ending && !ingest.store_failed() && ingest.commit()) break;
        if (!ending) given_up_at = std::chrono::steady_clock::now() + store_patience;
        if (ending && std::chrono::steady_clock::now() >= given_up_at) {
            tell(fmt::format(
                "{} of records are lost: the store did not take them",
                base::format_rounded(static_cast<double>(ingest.bytes_waiting()), "B")));
            return false;
        }
        ::usleep(idle_wait_ms * 1000);
    }
    for (const auto& [reason, count] : ingest.invalid_frames())
        tell(fmt::format("{} frames were refused: {}", count, reason));
    tell_limited(ingest.limiter(), tell);
    show(ingest);
    return !ingest.any_ring_given_up();
}

}  // namespace baleen::control
