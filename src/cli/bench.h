// The benchmarks of `baleen bench`, one file each, declared as commands.h says.
#pragma once

#include "cli/commands.h"

namespace baleen::cli {

Command add_bench_parse(CLI::App& app);
Command add_bench_match(CLI::App& app);
Command add_bench_capture(CLI::App& app);
Command add_bench_protocol(CLI::App& app);
Command add_bench_store(CLI::App& app);
Command add_bench_compare(CLI::App& app);
// `apps`: all that take its options.
Command add_bench_pipeline(const std::vector<CLI::App*>& apps);

}  // namespace baleen::cli
