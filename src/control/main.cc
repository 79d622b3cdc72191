// baleen-control: takes the records out of the rings and into the store. Needs no DPDK and no
// privileges; may be killed and started again while the data plane goes on.
#include <fmt/format.h>
#include <getopt.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "base/units.h"
#include "config/loader.h"
#include "control/ingest.h"
#include "control/rules/rule_service.h"
#include "control/store/store.h"
#include "ring/attach.h"
#include "ring/segment.h"

namespace {

using namespace baleen;

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

// An empty ring is looked at again after this: a thousandth of a second of delay, no load worth the
// name.
constexpr int idle_wait_ms = 1;
constexpr auto retain_interval = std::chrono::seconds(60);
// How long a store that fails is tried after the run has ended; the data plane has waited before
// that.
constexpr auto store_patience = std::chrono::seconds(3);

void tell(const std::string& sentence) { fmt::print(stderr, "baleen-control: {}\n", sentence); }

int fail(int status, const std::string& sentence) {
    tell(sentence);
    return status;
}

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

void tell_limited(const control::RateLimiter& limiter) {
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

// One run of the data plane, from attaching to the last record.
int ingest_run(const ring::Attachment& attachment, const config::Settings& settings,
               store::Store* store, control::RuleDesk& desk, const base::FileDescriptor& signals) {
    auto stats = ring::open_stats(attachment.stats.get());
    if (!stats) return fail(exit_failure, "the statistics segment " + stats.error().message);
    if (store != nullptr)
        store->set_run(attachment.run_id, stats->segment->header.start_ns,
                       port_names(*stats->segment));
    std::vector<ring::Reader> readers;
    for (const base::FileDescriptor& fd : attachment.rings)
        readers.push_back(ring::Reader::open(fd.get()));
    control::Ingest ingest(std::move(readers), store, settings.store);
    std::optional<control::RuleService> rules;
    if (!settings.rules.files.empty()) rules.emplace(settings, desk, tell).start();

    auto retained_at = std::chrono::steady_clock::now() - retain_interval;
    auto given_up_at = std::chrono::steady_clock::now() + store_patience;
    for (;;) {
        const uint64_t taken = ingest.poll_once();
        for (const std::string& notice : ingest.take_notices()) tell(notice);
        if (store != nullptr && std::chrono::steady_clock::now() - retained_at >= retain_interval) {
            retained_at = std::chrono::steady_clock::now();
            for (const std::string& deleted : store->retain()) tell(deleted);
        }
        if (rules && rules->has_failed()) {
            ingest.commit();
            return exit_failure;
        }
        if (taken > 0) continue;
        // The data plane may be gone without closing its rings; they end where they stand then.
        const bool ending = ingest.at_end() || is_readable(attachment.connection.get()) ||
                            is_readable(signals.get());
        if (ending && !ingest.store_failed() && ingest.commit()) break;
        if (!ending) given_up_at = std::chrono::steady_clock::now() + store_patience;
        if (ending && std::chrono::steady_clock::now() >= given_up_at)
            return fail(exit_failure,
                        fmt::format("{} of records are lost: the store did not take them",
                                    base::format_rounded(
                                        static_cast<double>(ingest.bytes_waiting()), "B")));
        ::usleep(idle_wait_ms * 1000);
    }
    for (const auto& [reason, count] : ingest.invalid_frames())
        tell(fmt::format("{} frames were refused: {}", count, reason));
    tell_limited(ingest.limiter());
    return ingest.any_ring_given_up() ? exit_failure : exit_ok;
}

}  // namespace

int main(int argc, char** argv) {
    config::Settings settings;
    config::Problems problems;
    bool once = false;
    const option options[] = {{"config", required_argument, nullptr, 'c'},
                              {"set", required_argument, nullptr, 's'},
                              {"once", no_argument, nullptr, 'o'},
                              {}};
    const auto add = [&](config::Problems more) {
        problems.insert(problems.end(), more.begin(), more.end());
    };
    for (int option; (option = ::getopt_long(argc, argv, "c:", options, nullptr)) != -1;) {
        switch (option) {
            case 'c': add(config::load_file(optarg, settings)); break;
            case 's': add(config::apply_assignment(optarg, settings)); break;
            case 'o': once = true; break;
            default:
                return fail(exit_usage,
                            "usage: baleen-control [-c FILE] [--set KEY=VALUE]... [--once]");
        }
    }
    for (const std::string& problem : problems) tell(problem);
    if (!problems.empty()) return exit_usage;

    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    const base::FileDescriptor signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));

    control::RuleDesk desk;
    std::optional<store::Store> store;
    if (settings.store.enabled) {
        auto opened = store::Store::open(store::directory_of(settings.store), settings.store);
        if (!opened) return fail(exit_failure, opened.error().message);
        store.emplace(std::move(*opened));
    }
    // Under a supervisor the socket is there from the beginning, but nobody answers before the
    // ports are open; a unit of its own looks for a data plane again and again.
    const auto patience = once ? std::chrono::seconds(60) : std::chrono::seconds(1);
    for (;;) {
        auto attachment = ring::attach(settings.run.socket, patience);
        if (attachment) {
            const int status =
                ingest_run(*attachment, settings, store ? &*store : nullptr, desk, signals);
            if (store) store->close();
            if (once || is_readable(signals.get())) return status;
            continue;
        }
        if (once) return fail(exit_failure, attachment.error().message);
        if (is_readable(signals.get())) return exit_ok;
    }
}
