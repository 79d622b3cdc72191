// baleen-control: takes the records out of the rings and into the store, and shows what there is.
// Needs no DPDK and no privileges; may be killed and started again while the data plane goes on.
#include <fmt/format.h>
#include <getopt.h>
#include <poll.h>
#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <optional>

#include "config/loader.h"
#include "control/graph/asn_database.h"
#include "control/ingest_run.h"
#include "control/live/feed.h"
#include "control/live/latest.h"
#include "control/live/ticker.h"
#include "control/metrics/collect.h"
#include "control/open_api.h"
#include "control/sharkd/dissections.h"
#include "ring/attach.h"

namespace {

using namespace baleen;

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

// How often the stream of events tells the status, which costs a look at the store's files.
constexpr int status_interval_s = 5;

struct Options {
    config::Settings settings;
    bool once = false;   // one run of the data plane, then end
    bool serve = false;  // no data plane: what is stored
};

// One call a line: several threads have something to say.
void tell(const std::string& sentence) {
    const std::string line = fmt::format("baleen-control: {}\n", sentence);
    std::fwrite(line.data(), 1, line.size(), stderr);
}

int fail(int status, const std::string& sentence) {
    tell(sentence);
    return status;
}

// The exit status if there is nothing to do.
std::optional<int> read_options(int argc, char** argv, Options& options) {
    config::Problems problems;
    const option known[] = {{"config", required_argument, nullptr, 'c'},
                            {"set", required_argument, nullptr, 's'},
                            {"once", no_argument, nullptr, 'o'},
                            {"serve", no_argument, nullptr, 'v'},
                            {}};
    const auto add = [&](config::Problems more) {
        problems.insert(problems.end(), more.begin(), more.end());
    };
    for (int option; (option = ::getopt_long(argc, argv, "c:", known, nullptr)) != -1;) {
        switch (option) {
            case 'c': add(config::load_file(optarg, options.settings)); break;
            case 's': add(config::apply_assignment(optarg, options.settings)); break;
            case 'o': options.once = true; break;
            case 'v': options.serve = true; break;
            default:
                return fail(exit_usage,
                            "usage: baleen-control [-c FILE] [--set KEY=VALUE]... "
                            "[--once | --serve]");
        }
    }
    for (const std::string& problem : problems) tell(problem);
    if (problems.empty()) return std::nullopt;
    return exit_usage;
}

// Of this thread and those that are started later. SIGHUP is the rules' (rule_service.h); a helper
// that goes before it has read everything costs no more than its answer.
base::FileDescriptor watch_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGPIPE);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return base::FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

bool is_readable(int fd, int patience_ms = 0) {
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, patience_ms) > 0;
}

// The exit status of a process that has nothing to do until somebody ends it.
int wait_for(int signals) {
    is_readable(signals, -1);
    return exit_ok;
}

// What a run has counted, beside what it has stored. The data plane counts until it goes, which it
// does soon after its rings have been read; if this process ends before it, it may go on.
void keep_counts(const ring::Attachment& attachment, const control::RunParts& parts,
                 const std::string& directory, bool is_complete) {
    const int patience_ms = is_complete && !is_readable(parts.signals.get()) ? 5000 : 500;
    if (!is_readable(attachment.connection.get(), patience_ms)) return;
    if (const auto status = parts.runs.keep(directory); !status) parts.tell(status.error().message);
}

void recall_last_run(const std::string& directory, live::RunWatch& runs) {
    auto last = live::load_last_run(directory);
    if (!last) tell(last.error().message);
    else if (*last) runs.recall(std::move(**last));
}

// Runs of the data plane, one after the other, until somebody ends it.
int take_runs(const Options& options, const std::string& directory,
              const control::RunParts& parts) {
    // Under a supervisor the socket is there from the beginning, but nobody answers before the
    // ports are open; a unit of its own looks for a data plane again and again.
    const auto patience = options.once ? std::chrono::seconds(60) : std::chrono::seconds(1);
    const auto listener = options.once ? ring::Listener::was_there : ring::Listener::may_come;
    for (;;) {
        const auto attachment = ring::attach(options.settings.run.socket, patience, listener);
        if (attachment) {
            const bool is_complete = control::ingest_run(*attachment, parts);
            parts.runs.end();
            if (parts.store != nullptr) {
                parts.store->close();
                keep_counts(*attachment, parts, directory, is_complete);
            }
            if (options.once || is_readable(parts.signals.get()))
                return is_complete ? exit_ok : exit_failure;
            continue;
        }
        if (options.once) return fail(exit_failure, attachment.error().message);
        if (is_readable(parts.signals.get())) return exit_ok;
    }
}

base::Result<std::unique_ptr<graph::LiveGraph>> open_graph(const config::Settings& settings) {
    auto windows = graph::parse_windows(settings.graph.windows);
    if (!windows) return windows.error();
    const int64_t idle_ns = settings.flow.idle_timeout_ns;
    return std::make_unique<graph::LiveGraph>(
        graph::LiveGraphOptions{.windows_ns = std::move(*windows),
                                .idle_timeout_ns = idle_ns == base::duration_off ? 0 : idle_ns,
                                .memory_bytes = settings.graph.memory_bytes});
}

// Nothing where none is configured.
base::Result<std::unique_ptr<graph::AsnDatabase>> open_systems(const std::string& path) {
    if (path.empty()) return std::unique_ptr<graph::AsnDatabase>();
    return graph::AsnDatabase::open(path);
}

// Before there is a server, nothing.
api::Snapshot status_of(const std::atomic<const api::Server*>& counted) {
    const api::Server* server = counted.load();
    return server != nullptr ? server->snapshot() : api::Snapshot{};
}

// Those who see each record beside the store.
std::vector<record::Sink*> sinks_of(const config::Settings& settings, live::Feed& feed,
                                    graph::LiveGraph& graph, graph::FanOut& fan_out) {
    if (!settings.graph.enabled) return {&feed};
    return {&feed, &graph, &fan_out};
}

// Nothing where records are not kept, or not taken.
base::Result<std::optional<store::Store>> open_store(const Options& options,
                                                     const std::string& directory) {
    if (!options.settings.store.enabled || options.serve) return std::optional<store::Store>();
    auto opened = store::Store::open(directory, options.settings.store);
    if (!opened) return opened.error();
    return std::optional(std::move(*opened));
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (const auto status = read_options(argc, argv, options)) return *status;
    const config::Settings& settings = options.settings;
    const base::FileDescriptor signals = watch_signals();

    const std::string directory = store::directory_of(settings.store);
    auto store = open_store(options, directory);
    if (!store) return fail(exit_failure, store.error().message);

    api::EventHub hub;
    live::RunWatch runs;
    if (settings.store.enabled) recall_last_run(directory, runs);
    live::Feed feed(
        [&](std::string_view topic, const std::string& json) { hub.publish(topic, json); });
    live::Sampler sampler(runs);
    auto graph = open_graph(settings);
    if (!graph) return fail(exit_usage, graph.error().message);
    auto systems = open_systems(settings.graph.asn_database);
    if (!systems) return fail(exit_usage, systems.error().message);
    graph::FanOut fan_out(graph::fan_out_options(settings.graph));
    control::RuleDesk rules;
    sharkd::Dissections dissections;
    live::Latest<metrics::IngestStatus> ingest_status;
    std::atomic<const api::Server*> counted{nullptr};
    std::atomic<bool> is_ready{true};
    const endpoints::Services services{.settings = settings,
                                       .directory = directory,
                                       .runs = runs,
                                       .sampler = sampler,
                                       .rules = rules,
                                       .graph = **graph,
                                       .fan_out = fan_out,
                                       .systems = systems->get(),
                                       .dissections = dissections,
                                       .ingest_status = [&] { return ingest_status.get(); },
                                       .server_status = [&] { return status_of(counted); },
                                       .is_ready = is_ready};
    // Declared last: threads end before what they use.
    const live::Ticker ticker([&, seconds = 0]() mutable {
        dissections.end_idle();
        if (const auto sample = sampler.take()) hub.publish("rates", sample->to_json());
        if (seconds++ % status_interval_s == 0)
            hub.publish("status", endpoints::status_json(services));
    });
    std::unique_ptr<api::Server> server;
    if (!settings.api.listen.empty()) {
        auto opened = control::open_api(services, hub, tell);
        // A run that a person has started goes on without; another one may have the address.
        if (!opened && !options.once) return fail(exit_failure, opened.error().message);
        if (!opened) tell(opened.error().message + "; this run has no API");
        else server = std::move(*opened);
        counted.store(server.get());
    }
    if (options.serve) return wait_for(signals.get());
    const auto show = [&](const control::Ingest& ingest) {
        ingest_status.set(metrics::ingest_status(ingest));
    };
    return take_runs(options, directory,
                     {.settings = settings,
                      .store = *store ? &**store : nullptr,
                      .rules = rules,
                      .runs = runs,
                      .sinks = sinks_of(settings, feed, **graph, fan_out),
                      .signals = signals,
                      .show = show,
                      .tell = tell});
}
