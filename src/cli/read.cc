// `baleen read`: one line per packet, in the order of the file or as they come.
#include <fmt/format.h>

#include <csignal>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "drivers/ethdev/eal.h"
#include "drivers/ethdev/port_queues.h"
#include "drivers/replay/replay_source.h"
#include "packet/capture_filter.h"
#include "packet/parse_kernel.h"
#include "packet/summary.h"

namespace baleen::cli {
namespace {

constexpr size_t write_bytes = 1 << 16;

volatile std::sig_atomic_t interrupted = 0;

struct Options {
    std::vector<std::string> files;
    std::string device;
    std::string filter;
    uint64_t count = UINT64_MAX;
    bool json = false;
};

// False: nobody reads any more.
bool write(std::string& out, bool flush) {
    const bool written = std::fwrite(out.data(), 1, out.size(), stdout) == out.size();
    out.clear();
    return written && (!flush || std::fflush(stdout) == 0);
}

// The read loop: as the worker's, with a line of text in place of a flow.
template <drivers::PacketSource Source>
void print_packets(Source& source, packet::ParseBatch parse_batch,
                   const packet::CaptureFilter& filter, const Options& options, bool is_live) {
    packet::Batch batch;
    packet::Notes notes{};
    std::string out;
    uint64_t number = 0;
    uint64_t printed = 0;
    while (!source.exhausted() && printed < options.count && interrupted == 0) {
        source.receive(batch, limits::lane_count);
        parse_batch(batch, {}, notes);
        for (uint32_t lane = 0; lane < batch.count && printed < options.count; lane++) {
            number++;
            if (filter.is_active() && !filter.accepts(batch.packets[lane])) continue;
            const packet::Parsed parsed{batch.packets[lane], batch.verdicts[lane], batch.keys[lane],
                                        batch.layers[lane], batch.outer[lane]};
            if (options.json) packet::append_summary_json(out, parsed, number);
            else packet::append_summary(out, parsed);
            out += '\n';
            printed++;
        }
        source.release(batch);
        const bool write_now = out.size() >= write_bytes || is_live;
        if (write_now && !write(out, is_live)) return;
    }
    write(out, true);
}

int read_files(const Options& options, packet::ParseBatch parse_batch,
               const packet::CaptureFilter& filter) {
    stats::PortStats port{};
    std::vector<std::string> files;
    const auto problems = expand_captures(options.files, files);
    for (const std::string& problem : problems) run_error(problem);
    if (!problems.empty()) return exit_failure;
    drivers::ReplaySource source(std::move(files), port);
    print_packets(source, parse_batch, filter, options, false);
    for (const std::string& problem : source.problems()) run_error(problem);
    return source.problems().empty() ? exit_ok : exit_failure;
}

int read_device(const Options& options, packet::ParseBatch parse_batch,
                const packet::CaptureFilter& filter) {
    std::signal(SIGPIPE, SIG_IGN);  // the port has to be closed first
    config::Settings settings;
    settings.source.devices = {options.device};
    auto device = drivers::resolve_device(options.device, 0, settings, {});
    if (!device) return run_error(device.error().message);
    std::string notice;
    auto eal = drivers::Eal::start(settings, {*device}, notice);
    if (!eal) return run_error(eal.error().message);
    if (!notice.empty()) fmt::print(stderr, "baleen: {}\n", notice);
    auto port = drivers::Port::open(*device, 0, settings, notice);
    if (!port) return run_error(port.error().message);
    fmt::print(stderr, "baleen: {}\n", notice);
    stats::PortStats counters{};
    const base::TscClock clock;
    drivers::EthdevSource source(drivers::queues_of(*port, 0, false, counters), clock,
                                 uint64_t{port->rx_descriptors()} * port->queue_count());
    print_packets(source, parse_batch, filter, options, true);
    std::vector<std::string> notices;
    port->publish(counters, true, notices);
    const uint64_t dropped = counters.nic_missed_packets + counters.no_mbuf_packets;
    if (dropped > 0)
        run_error(fmt::format("{} packets dropped before they could be read", dropped));
    return exit_ok;
}

}  // namespace

Command add_read(CLI::App& app) {
    auto options = std::make_shared<Options>();
    auto* files = app.add_option("-r,--read", options->files,
                                 "Capture file, folder of captures, or - for standard input")
                      ->allow_extra_args(false);
    auto* device = app.add_option("-i,--interface", options->device,
                                  "Interface, PCI address or DPDK device string");
    files->excludes(device);
    app.add_option("-f,--filter", options->filter, "Capture filter, pcap-filter(7)");
    app.add_option("-c,--count", options->count, "Stop after so many packets");
    app.add_flag("--json", options->json, "One JSON object per packet");

    return [options]() -> int {
        if (options->files.empty() && options->device.empty())
            return usage_error("read needs -r FILE or -i DEVICE");
        const auto filter = packet::CaptureFilter::compile(options->filter);
        if (!filter) return usage_error(filter.error().message);
        struct sigaction action {};
        action.sa_handler = [](int) { interrupted = 1; };
        ::sigaction(SIGINT, &action, nullptr);
        ::sigaction(SIGTERM, &action, nullptr);
        const auto kernel = packet::choose_parse_kernel("auto");
        if (!kernel) return usage_error(kernel.error().message);
        const auto read = options->files.empty() ? read_device : read_files;
        return read(*options, kernel->parse_batch, *filter);
    };
}

}  // namespace baleen::cli
