// `baleen bench`: how fast the hot parts are on this machine, each beside what limits it.
#include "cli/bench.h"

#include "cli/bench_ndr.h"

namespace baleen::cli {

Command add_bench(CLI::App& app) {
    app.require_subcommand(0, 1);
    CLI::App* pipeline = app.add_subcommand(
        "pipeline", "A worker on packets out of memory, beside the memory floor (the default)");
    CLI::App* parse = app.add_subcommand(
        "parse", "The parser's kernels: ns per packet by traffic and by where packets are");
    CLI::App* match = app.add_subcommand(
        "match", "Patterns found in the payload of captures, beside bare Hyperscan");
    CLI::App* protocol = app.add_subcommand(
        "protocol", "What looking into the flows of captures costs, beside a worker that does not");
    CLI::App* capture = app.add_subcommand(
        "capture", "Packets to disk beside dd, and to nowhere beside one copy of each byte");
    CLI::App* store = app.add_subcommand(
        "store", "Records into slices, beside bare inserts, and questions about them");
    CLI::App* compare =
        app.add_subcommand("compare", "Two results of `bench pipeline --json`: what got slower");
    const Command run_pipeline = add_bench_pipeline({&app, pipeline});
    const Command run_parse = add_bench_parse(*parse);
    const Command run_match = add_bench_match(*match);
    const Command run_protocol = add_bench_protocol(*protocol);
    const Command run_capture = add_bench_capture(*capture);
    const Command run_store = add_bench_store(*store);
    const Command run_compare = add_bench_compare(*compare);
    Command run_ndr;
    CLI::App* ndr = add_bench_ndr(app, run_ndr);
    return [=] {
        if (parse->parsed()) return run_parse();
        if (match->parsed()) return run_match();
        if (protocol->parsed()) return run_protocol();
        if (capture->parsed()) return run_capture();
        if (store->parsed()) return run_store();
        if (ndr->parsed()) return run_ndr();
        return compare->parsed() ? run_compare() : run_pipeline();
    };
}

}  // namespace baleen::cli
