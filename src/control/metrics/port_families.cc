// Metrics of ports: what each knows of packets that no worker saw (docs/nics.md).
#include <fmt/format.h>

#include <numeric>
#include <set>

#include "control/metrics/run_families.h"

namespace baleen::metrics {
namespace {

using base::PortLedger;

struct NamedPort {
    std::string name;
    const PortLedger& port;
};
using Ports = std::vector<NamedPort>;

// A series must not come twice, and two ports may be named alike: the segment keeps 63 characters.
Ports named_ports(const std::vector<PortLedger>& ports) {
    Ports out;
    std::set<std::string> taken;
    for (const PortLedger& port : ports) {
        std::string name = port.name;
        for (int i = 2; !taken.insert(name).second; i++) name = fmt::format("{}#{}", port.name, i);
        out.push_back({std::move(name), port});
    }
    return out;
}

template <class Value>
void add(Type type, std::string name, std::string help, const Ports& ports, Value value,
         Families& to) {
    to.begin(type, std::move(name), std::move(help));
    for (const auto& [port_name, port] : ports)
        to.add(static_cast<double>(value(port)), {{"port", port_name}});
}

void add_packets(const Ports& ports, Families& to) {
    const auto add_counter = [&](std::string name, std::string help, auto value) {
        add(Type::Counter, std::move(name), std::move(help), ports, value, to);
    };
    add_counter("baleen_port_wire_packets_total",
                "Packets that came to each port; missed, without buffer, shunted or received",
                [](const PortLedger& port) { return port.wire; });
    add_counter("baleen_port_wire_bytes_total", "Their length, as the driver counts it",
                [](const PortLedger& port) { return port.wire_bytes; });
    add_counter("baleen_port_rx_packets_total", "Packets that workers received from each port",
                [](const PortLedger& port) {
                    return std::accumulate(port.queues.begin(), port.queues.end(), uint64_t{0});
                });
    to.begin(Type::Counter, "baleen_port_queue_rx_packets_total",
             "Packets that workers received from each queue");
    for (const auto& [name, port] : ports)
        for (size_t i = 0; i < port.queues.size(); i++)
            to.add(static_cast<double>(port.queues[i]),
                   {{"port", name}, {"queue", std::to_string(i)}});
    add_counter("baleen_port_rx_nombuf_packets_total",
                "Packets lost because there was no buffer for them",
                [](const PortLedger& port) { return port.no_mbuf; });
    add_counter("baleen_port_mbuf_failures_total",
                "Attempts to get a packet buffer that failed; no packets",
                [](const PortLedger& port) { return port.mbuf_failures; });
    add_counter("baleen_port_shunted_packets_total",
                "Packets that xdp.shunt kept away from the capture",
                [](const PortLedger& port) { return port.shunted; });
}

void add_missed(const Ports& ports, Families& to) {
    to.begin(
        Type::Counter, "baleen_port_rx_missed_packets_total",
        "Packets that never reached a worker, by cause. no_descriptor: the queue was full, the "
        "worker too slow; phy_discard: lost before the queues, port or bus too slow; error: "
        "damaged, or refused by the driver; unpolled: still in the queues at the end; passed: "
        "went on to the kernel, no socket being on their queue");
    for (const auto& [name, port] : ports) {
        const std::pair<std::string_view, uint64_t> causes[] = {
            {"no_descriptor", port.no_descriptor},
            {"phy_discard", port.phy_discard},
            {"error", port.error},
            {"unpolled", port.unpolled},
            {"passed", port.passed}};
        for (const auto& [cause, count] : causes)
            to.add(static_cast<double>(count), {{"port", name}, {"cause", cause}});
    }
}

void add_links(const Ports& ports, Families& to) {
    // A port that has never been up, nor gone down, may have a driver that does not know.
    to.begin(Type::Gauge, "baleen_port_link_up",
             "1: the link is up. 0: it is down, or the device is gone. Absent: not known");
    for (const auto& [name, port] : ports)
        if (port.is_up || port.link_down > 0 || port.is_absent)
            to.add(port.is_up && !port.is_absent ? 1 : 0, {{"port", name}});
    to.begin(Type::Counter, "baleen_port_link_changes_total",
             "Times that the link came up or went");
    for (const auto& [name, port] : ports) {
        to.add(port.link_up, {{"port", name}, {"to", "up"}});
        to.add(port.link_down, {{"port", name}, {"to", "down"}});
    }
    add(
        Type::Gauge, "baleen_port_absent", "1: the device has disappeared", ports,
        [](const PortLedger& port) { return port.is_absent ? 1 : 0; }, to);
}

void add_clocks(const Ports& ports, Families& to) {
    to.begin(Type::Gauge, "baleen_port_info", "Where the time stamps of packets come from");
    for (const auto& [name, port] : ports) to.add(1, {{"port", name}, {"clock", port.clock}});
    add(
        Type::Gauge, "baleen_port_clock_error_seconds",
        "Bound of the error of time stamps, against the system's clock", ports,
        [](const PortLedger& port) { return static_cast<double>(port.clock_error_ns) / 1e9; }, to);
}

void add_files(const Ports& ports, Families& to) {
    add(
        Type::Counter, "baleen_port_file_read_bytes_total", "Files: what was read so far", ports,
        [](const PortLedger& port) { return port.progress_done; }, to);
    to.begin(Type::Gauge, "baleen_port_file_bytes", "Files: their size, where it is known");
    for (const auto& [name, port] : ports)
        if (port.progress_total > 0)
            to.add(static_cast<double>(port.progress_total), {{"port", name}});
}

}  // namespace

void add_ports(const live::RunStatus& run, Families& to) {
    const Ports ports = named_ports(run.ledger.ports);
    add_packets(ports, to);
    add_missed(ports, to);
    add_clocks(ports, to);
    if (run.is_live) add_links(ports, to);
    else add_files(ports, to);
}

}  // namespace baleen::metrics
