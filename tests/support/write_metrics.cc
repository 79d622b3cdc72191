// Metrics as text.
//   sample, files, bare   of a made-up control process: on ports, on files, before the first run
//   run SOCKET            of the data plane that listens there, after its end, which this waits for
//   table                 the rows of docs/metrics.md
#include <fmt/format.h>
#include <poll.h>

#include <string_view>

#include "control/live/run_watch.h"
#include "control/metrics/collect.h"
#include "control/metrics/exposition.h"
#include "tests/support/metrics_sample.h"

namespace {

using namespace baleen;

int write_run(const char* socket) {
    live::RunWatch watch;
    const auto attachment = ring::attach(socket, std::chrono::seconds(30));
    if (!attachment) return fmt::print(stderr, "{}\n", attachment.error().message), 1;
    if (const auto begun = watch.begin(*attachment); !begun)
        return fmt::print(stderr, "{}\n", begun.error().message), 1;
    fmt::print(stderr, "attached\n");
    pollfd waiting{attachment->connection.get(), POLLIN, 0};
    ::poll(&waiting, 1, -1);
    watch.end();
    metrics::Sources sources{"0.1.0", watch.read(), {}, {}, {}, {}, metrics::process_status()};
    fmt::print("{}", metrics::exposition(sources));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "";
    if (what == "sample") fmt::print("{}", metrics::exposition(test::sample_sources()));
    else if (what == "files") fmt::print("{}", metrics::exposition(test::sample_sources(false)));
    else if (what == "bare") fmt::print("{}", metrics::exposition({.version = "0.1.0"}));
    else if (what == "table") fmt::print("{}", test::metrics_table());
    else if (what == "run" && argc > 2) return write_run(argv[2]);
    else return 2;
    return 0;
}
