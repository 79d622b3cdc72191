// `baleen read`: one line per packet, in the order of the file or as they come.
#include <fmt/format.h>

#include <csignal>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/packet_fields.h"
#include "drivers/ethdev/eal.h"
#include "drivers/ethdev/port_queues.h"
#include "drivers/replay/replay_source.h"
#include "packet/capture_filter.h"
#include "packet/parse_kernel.h"
#include "packet/summary.h"
#include "record/app_fields.h"
#include "record/app_line.h"
#include "record/eve_json.h"
#include "record/names.h"

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
    bool verbose = false;
    std::string display_filter;
    std::vector<std::string> fields;
    bool lists_fields = false;

    // Somebody wants to know what the packets say.
    bool dissects() const { return verbose || !display_filter.empty() || !fields.empty(); }
};

// What is printed of a packet, in the options' words.
struct Printer {
    const Options& options;
    filter::Filter filter;
    std::vector<const filter::Field*> fields;
    std::unique_ptr<dissect::PacketDissector> dissector;

    // Returns the lines that were printed: none where the filter (-Y) does not want the packet.
    uint64_t print(packet::Batch& batch, const packet::Parsed& parsed, uint64_t number,
                   std::string& out) const;
    // What flows told when they ended.
    void print_ended(std::span<const record::AppMessage> messages, std::string& out) const;

private:
    void print_line(const packet::Parsed& parsed, uint64_t number, std::string& out) const;
    void print_fields(const PacketSubject& subject, std::string& out) const;
    void append_fields_json(const PacketSubject& subject, std::string& out) const;
};

// Below the packet's line, what it says.
void append_message(std::string& out, const record::AppMessage& message) {
    fmt::format_to(std::back_inserter(out), "    {:<9} ",
                   record::app_proto_name(message.event.app_proto));
    record::append_app_line(out, message.event.app_proto, message.fields());
    out += '\n';
}

void Printer::print_fields(const PacketSubject& subject, std::string& out) const {
    for (const filter::Field* field : fields) {
        if (field != fields.front()) out += '\t';
        out += subject.values(*field);
    }
    out += '\n';
}

// The fields that the packet has, each as the list of its values and named as it was asked for.
void Printer::append_fields_json(const PacketSubject& subject, std::string& out) const {
    out += R"("fields":{)";
    bool is_first = true;
    for (size_t i = 0; i < fields.size(); i++) {
        const std::string values = subject.values_json(*fields[i]);
        if (values.empty()) continue;
        fmt::format_to(std::back_inserter(out), R"({}"{}":[{}])", is_first ? "" : ",",
                       options.fields[i], values);
        is_first = false;
    }
    out += '}';
}

void Printer::print_line(const packet::Parsed& parsed, uint64_t number, std::string& out) const {
    if (options.json) packet::append_summary_json(out, parsed, number);
    else packet::append_summary(out, parsed);
    out += '\n';
}

uint64_t Printer::print(packet::Batch& batch, const packet::Parsed& parsed, uint64_t number,
                        std::string& out) const {
    if (!dissector) {
        print_line(parsed, number, out);
        return 1;
    }
    const auto dissected = dissector->take(batch);
    print_ended(dissected.events_of_ended_flows, out);
    const PacketSubject subject(parsed, number, dissected);
    if (!subject.matches(filter)) return 0;
    if (!fields.empty() && !options.json) {
        print_fields(subject, out);
        return 1;
    }
    print_line(parsed, number, out);
    if (!fields.empty()) {
        out.replace(out.size() - 2, 2, ",");  // the object goes on
        append_fields_json(subject, out);
        out += "}\n";
    }
    if (options.verbose)
        for (const record::AppMessage& message : dissected.events) append_message(out, message);
    return 1;
}

void Printer::print_ended(std::span<const record::AppMessage> messages, std::string& out) const {
    for (const record::AppMessage& message : messages) {
        const PacketSubject subject(message);
        if (!subject.matches(filter)) continue;
        if (!fields.empty() && options.json) {
            out += R"({"event_type":"flow_end",)";
            append_fields_json(subject, out);
            out += "}\n";
        } else if (!fields.empty()) {
            print_fields(subject, out);
        }
        if (!fields.empty() || !options.verbose) continue;
        const record::FlowRecord flow = record::flow_of(message.event);
        fmt::format_to(std::back_inserter(out), "end of {} > {} {}\n",
                       record::format_endpoint(flow, flow.initiator_address, flow.initiator_port),
                       record::format_endpoint(flow, flow.responder_address, flow.responder_port),
                       record::protocol_name(flow.protocol));
        append_message(out, message);
    }
}

// False: nobody reads any more.
bool write(std::string& out, bool flush) {
    const bool written = std::fwrite(out.data(), 1, out.size(), stdout) == out.size();
    out.clear();
    return written && (!flush || std::fflush(stdout) == 0);
}

// The read loop: as the worker's, with a line of text in place of a flow.
template <drivers::PacketSource Source>
void print_packets(Source& source, packet::ParseBatch parse_batch,
                   const packet::CaptureFilter& filter, const Printer& printer, bool is_live) {
    const Options& options = printer.options;
    // What a packet says is known before the next one is looked at.
    const uint32_t burst = printer.dissector ? 1 : limits::lane_count;
    packet::Batch batch;
    packet::Notes notes{};
    std::string out;
    uint64_t number = 0;
    uint64_t printed = 0;
    while (!source.exhausted() && printed < options.count && interrupted == 0) {
        source.receive(batch, burst);
        batch.clock_ns = source.clock_ns();
        parse_batch(batch, {}, notes);
        for (uint32_t lane = 0; lane < batch.count && printed < options.count; lane++) {
            number++;
            if (filter.is_active() && !filter.accepts(batch.packets[lane])) continue;
            const packet::Parsed parsed{batch.packets[lane], batch.verdicts[lane], batch.keys[lane],
                                        batch.layers[lane], batch.outer[lane]};
            printed += printer.print(batch, parsed, number, out);
        }
        source.release(batch);
        batch.count = 0;
        const bool write_now = out.size() >= write_bytes || is_live;
        if (write_now && !write(out, is_live)) return;
    }
    while (printer.dissector && source.exhausted() && printed < options.count) {
        const auto messages = printer.dissector->drain();
        printer.print_ended(messages, out);
        if (messages.empty()) break;
    }
    write(out, true);
}

int read_files(const Printer& printer, packet::ParseBatch parse_batch,
               const packet::CaptureFilter& filter) {
    const Options& options = printer.options;
    stats::PortStats port{};
    std::vector<std::string> files;
    const auto problems = expand_captures(options.files, files);
    for (const std::string& problem : problems) run_error(problem);
    if (!problems.empty()) return exit_failure;
    drivers::ReplaySource source(std::move(files), port);
    print_packets(source, parse_batch, filter, printer, false);
    for (const std::string& problem : source.problems()) run_error(problem);
    return source.problems().empty() ? exit_ok : exit_failure;
}

int read_device(const Printer& printer, packet::ParseBatch parse_batch,
                const packet::CaptureFilter& filter) {
    const Options& options = printer.options;
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
    print_packets(source, parse_batch, filter, printer, true);
    std::vector<std::string> notices;
    port->publish(counters, true, notices);
    const uint64_t dropped = counters.nic_missed_packets + counters.no_mbuf_packets;
    if (dropped > 0)
        run_error(fmt::format("{} packets dropped before they could be read", dropped));
    return exit_ok;
}

int list_fields() {
    for (const filter::Field* field : filter::fields(filter::Kind::packet))
        fmt::print("{:<30} {}\n", field->name, field->description);
    return exit_ok;
}

// What -v, -Y and -e ask for.
base::Status prepare(Printer& printer) {
    const Options& options = printer.options;
    auto parsed = filter::Filter::parse(options.display_filter, filter::Kind::packet);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed))
        return base::Error{filter::format_error(options.display_filter, *error)};
    printer.filter = std::move(std::get<filter::Filter>(parsed));
    for (const std::string& name : options.fields) {
        const filter::Field* field = filter::find_field(name, filter::Kind::packet);
        if (field == nullptr) {
            const auto near = filter::suggest_field(name, filter::Kind::packet);
            return base::Error{
                fmt::format("-e {}: packets have no such field{}", name,
                            near.empty() ? "" : fmt::format("; did you mean {}?", near))};
        }
        printer.fields.push_back(field);
    }
    if (!options.dissects()) return base::Ok{};
    auto dissector = dissect::PacketDissector::create();
    if (!dissector) return dissector.error();
    printer.dissector = std::move(*dissector);
    return base::Ok{};
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
    auto* json = app.add_flag("--json", options->json, "One JSON object per packet");
    app.add_flag("-v,--verbose", options->verbose,
                 "Below each packet, what it says: queries, handshakes, requests")
        ->excludes(json);
    app.add_option("-Y,--display-filter", options->display_filter,
                   "Packets that fit only; docs/filter.md has the language");
    app.add_option("-e,--field", options->fields,
                   "This field of each packet instead of a line, between tabs; may be repeated. "
                   "With --json beside the line, as lists of values")
        ->allow_extra_args(false);
    app.add_flag("--fields", options->lists_fields, "What -Y and -e can ask for");

    return [options]() -> int {
        if (options->lists_fields) return list_fields();
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
        Printer printer{*options, {}, {}, nullptr};
        if (auto status = prepare(printer); !status) return usage_error(status.error().message);
        const auto read = options->files.empty() ? read_device : read_files;
        return read(printer, kernel->parse_batch, *filter);
    };
}

}  // namespace baleen::cli
