// baleen: the one command that people type.
#include <fmt/format.h>

#include <csignal>

#include "cli/commands.h"

namespace {

struct Entry {
    CLI::App* app;
    baleen::cli::Command command;
};

}  // namespace

int main(int argc, char** argv) {
    using namespace baleen::cli;
    // A reader that closes the pipe ends us quietly, as with any tool in a pipeline.
    std::signal(SIGPIPE, SIG_DFL);

    CLI::App app{"Baleen: see what is on the wire"};
    app.require_subcommand(1);
    app.set_version_flag("-V,--version", BALEEN_VERSION);
    std::vector<Entry> entries;
    const auto add = [&](const char* name, const char* description, Command (*declare)(CLI::App&)) {
        CLI::App* sub = app.add_subcommand(name, description);
        entries.push_back({sub, declare(*sub)});
    };
    add("run", "Capture from ports or files: flows into the store", add_run);
    add("serve", "The API and the dashboard over what is stored", add_serve);
    add("read", "One line per packet", add_read);
    add("flows", "Flow records out of the store", add_flows);
    add("graph", "Who talks to whom: metrics, export, paths, differences, scans", add_graph);
    add("events", "Events out of the store: what rules found", add_events);
    add("top", "The largest hosts, ports, protocols, or values of a field", add_top);
    add("capture", "Have a run write packets of the last seconds", add_capture);
    add("extract", "Packets out of the files that a run wrote", add_extract);
    add("gen", "Send packets out of a port: made-up flows or a capture", add_gen);
    add("config", "Check, show and explain the configuration", add_config);
    add("pcap", "Files of packets that runs wrote: list them, mend them", add_pcap);
    add("store", "How the store stands: status, check, compact, export", add_store);
    add("rules", "Check rules and try them out, import those of Suricata and Snort 3", add_rules);
    add("bench", "Measure the hot parts on this machine", add_bench);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_ok : exit_usage;
    }
    for (const Entry& entry : entries)
        if (entry.app->parsed()) return entry.command();
    return exit_usage;
}
