// The subcommands of `baleen`, one file each: declares its options on the command line and returns
// what to run.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace baleen::cli {

// Exit status: 0 done, 1 failed while running, 2 the command line, configuration or filter is
// wrong.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

using Command = std::function<int()>;

Command add_run(CLI::App& app);
Command add_serve(CLI::App& app);
Command add_read(CLI::App& app);
Command add_flows(CLI::App& app);
Command add_events(CLI::App& app);
Command add_top(CLI::App& app);
Command add_extract(CLI::App& app);
Command add_gen(CLI::App& app);
Command add_graph(CLI::App& app);
Command add_capture(CLI::App& app);
Command add_config(CLI::App& app);
Command add_pcap(CLI::App& app);
Command add_rules(CLI::App& app);
Command add_rules_profile(CLI::App& app);
Command add_rules_test(CLI::App& app);
Command add_store(CLI::App& app);
Command add_bench(CLI::App& app);

}  // namespace baleen::cli
