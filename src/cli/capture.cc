// `baleen capture trigger`: has a run write packets that it still has in memory, and coming ones.
#include <fmt/format.h>

#include <cstring>
#include <memory>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "config/loader.h"
#include "packet/capture_filter.h"
#include "ring/attach.h"

namespace baleen::cli {
namespace {

constexpr std::chrono::seconds patience(5);

struct Options {
    std::string config;
    std::string socket;
    uint64_t flow_id = 0;
    std::string host;
    std::string filter;
    std::string before = "30s";
    std::string after = "10s";
};

// As in pcap-filter(7), where what stands behind "vlan" is looked for behind the tag.
std::string filter_of(const Options& options) {
    std::string filter = options.filter;
    if (!options.host.empty()) {
        const std::string host = fmt::format("host {0} or (vlan and host {0})", options.host);
        filter = filter.empty() ? host : fmt::format("({}) and ({})", filter, host);
    }
    return filter;
}

int trigger(const Options& options) {
    config::Settings settings;
    if (!options.config.empty()) {
        const auto problems = config::load_file(options.config, settings);
        for (const std::string& problem : problems) usage_error(problem);
        if (!problems.empty()) return exit_usage;
    }
    const auto before_ns = base::parse_duration_ns(options.before);
    const auto after_ns = base::parse_duration_ns(options.after);
    if (!before_ns || !after_ns)
        return usage_error("--before and --after take durations, such as 30s, 500ms or 2m");
    const std::string filter = filter_of(options);
    if (const auto compiled = packet::CaptureFilter::compile(filter); !compiled)
        return usage_error(compiled.error().message);
    command::TriggerCapture wanted{};
    if (filter.size() >= sizeof wanted.filter)
        return usage_error(
            fmt::format("the filter is longer than {} characters", sizeof wanted.filter - 1));
    wanted.flow_id = options.flow_id;
    wanted.before_ns = *before_ns;
    wanted.after_ns = *after_ns;
    std::memcpy(wanted.filter, filter.data(), filter.size());
    const std::string& socket = options.socket.empty() ? settings.capture.socket : options.socket;
    const auto id = ring::trigger_capture(socket, wanted, patience);
    if (!id)
        return run_error(
            fmt::format("{}; is a run with capture.history going on, and is {} its capture.socket?",
                        id.error().message, socket));
    fmt::print("trigger {}: packets from {} before to {} after now are written\n", *id,
               options.before, options.after);
    return exit_ok;
}

}  // namespace

Command add_capture(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.require_subcommand(1);
    CLI::App* sub = app.add_subcommand(
        "trigger", "Write packets out of the memory of a run (capture.history), and coming ones");
    sub->add_option("-c,--config", options->config, "Configuration file of the run");
    sub->add_option("--socket", options->socket, "Its capture.socket");
    sub->add_option("--flow", options->flow_id, "Packets of the flow with this number");
    sub->add_option("--host", options->host, "Packets from and to this address");
    sub->add_option("--filter", options->filter, "Packets that a filter wants, pcap-filter(7)");
    sub->add_option("--before", options->before, "How far back")->capture_default_str();
    sub->add_option("--after", options->after, "How long from now on")->capture_default_str();
    return [=] { return trigger(*options); };
}

}  // namespace baleen::cli
