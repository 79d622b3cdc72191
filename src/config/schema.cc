#include "config/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "baleen/limits.h"
#include "baleen/match_event.h"
#include "base/units.h"

namespace baleen::config {
namespace {

constexpr int64_t millisecond_ns = 1'000'000;
constexpr uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib, tib = 1024 * gib;

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;  // clang 14 does not deduce this itself

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += fmt::format("\\u{:04x}", c);
        else out += c;
    }
    return out + "\"";
}

}  // namespace

std::vector<Key> keys_of(Settings& s) {
    return {
        {"source.devices", TextList{&s.source.devices},
         "Where packets come from: interface names (eth0), PCI addresses (0000:3b:00.0) or DPDK "
         "device strings "
         "(net_memif0,role=server). An interface name takes AF_XDP where that is safe, else "
         "AF_PACKET."},
        {"source.files", TextList{&s.source.files},
         "Capture files to replay instead (pcap, pcapng), one after the other; \"-\" is standard "
         "input."},
        {"source.filter", Text{&s.source.filter},
         "Capture filter in pcap-filter(7) syntax. What it refuses is counted as filtered."},

        {"ethdev.hugepages", Choice{&s.ethdev.hugepages, {"auto", "on", "off"}},
         "Hugepages for packet buffers. auto: where enough are free; off costs TLB misses on every "
         "packet."},
        {"ethdev.queues", Count{&s.ethdev.queues, 0, limits::worker_count_max},
         "Receive queues per port. 0: one per worker where the port keeps both directions of a "
         "flow on "
         "one queue, else one with a distributor thread behind it."},
        {"ethdev.rss", Choice{&s.ethdev.rss, {"ip", "ports", "off"}},
         "What a port with several queues hashes: addresses, so that IP fragments meet the rest of "
         "their flow; or ports as well, which spreads two busy hosts over several workers."},
        {"ethdev.rx_descriptors", Count{&s.ethdev.rx_descriptors, 64, 32768},
         "Receive descriptors per queue; the device's own limits go first."},
        {"ethdev.mbufs", Count{&s.ethdev.mbufs, 0, 8'000'000},
         "Packet buffers per port. 0: computed from queues, descriptors, bursts and workers."},
        {"ethdev.mbuf_bytes", Bytes{&s.ethdev.mbuf_bytes, 512, 65535},
         "Size of a packet buffer, headroom (128) included. Larger frames are cut or chained, as "
         "the driver can."},
        {"ethdev.mtu", Count{&s.ethdev.mtu, 0, 65535},
         "Largest packet that the port accepts, without Ethernet header; 9000 for jumbo frames. 0 "
         "leaves the device as it is."},
        {"ethdev.promiscuous", Flag{&s.ethdev.promiscuous},
         "Take packets that are not addressed to the port."},
        {"ethdev.eal_arguments", TextList{&s.ethdev.eal_arguments},
         "Further arguments for DPDK's environment (EAL)."},

        {"xdp.program", Text{&s.xdp.program},
         "Program in front of AF_XDP sockets: auto (Baleen's own, which counts from the wire on "
         "and "
         "shunts; the driver's where it does not load), off (the driver's), or the path of an "
         "object file with the maps of drivers/xdp/steer_maps.h."},
        {"xdp.shunt", TextList{&s.xdp.shunt},
         "Traffic that the kernel keeps away from the capture, counting packets and bytes of each "
         "entry: prefixes (10.0.0.0/8) and flows in both directions (tcp 10.0.0.1:443 "
         "10.0.0.2:50000, udp [2001:db8::1]:53 [2001:db8::2]:4000 vlan 7)."},
        {"xdp.shunt_flows_max", Count{&s.xdp.shunt_flows_max, 1, limits::shunt_entries_max},
         "Room in the kernel's table of shunted flows; 120 bytes each."},

        {"worker.count", Count{&s.worker.count, 1, limits::worker_count_max},
         "Worker threads. A source with fewer queues than workers gets a distributor thread in "
         "front."},
        {"worker.cores", TextList{&s.worker.cores},
         "Cores for the workers, in order, then for the distributor, then for those who write "
         "packets to disk; [] leaves the choice to the kernel."},
        {"worker.burst", Count{&s.worker.burst, 1, limits::lane_count},
         "Packets taken per turn of the worker loop."},
        {"worker.idle", Choice{&s.worker.idle, {"poll", "pause", "sleep", "umwait"}},
         "What a worker does on a port without packets: poll on (a core at 100 %), pause for about "
         "a microsecond, sleep for some 100 microseconds, or umwait (needs a CPU with WAITPKG)."},
        {"worker.hash_key", Text{&s.worker.hash_key},
         "Key of the flow hash: \"random\", or 64 hexadecimal digits to repeat a run exactly.",
         true},

        {"parse.key_vlan", Flag{&s.parse.key_vlan},
         "Packets in different VLANs belong to different flows. Switch off where the two "
         "directions are tagged "
         "differently."},

        {"parse.tunnels", TextList{&s.parse.tunnels},
         "Encapsulations that are opened, so that flows are those inside. all: ipip, ipv6, gre, "
         "nvgre, erspan, etherip, vxlan, vxlan_gpe, geneve, gtp_u, teredo, mpls, pppoe and esp "
         "(its SPI is told); there is l2tpv3 (without cookie) as well. One over UDP takes another "
         "port behind a colon: [\"all\", \"vxlan:8472\"]."},
        {"parse.verify_checksums", Flag{&s.parse.verify_checksums},
         "Check IPv4, TCP, UDP and ICMP checksums of whole packets and count wrong ones."},
        {"parse.kernel", Text{&s.parse.kernel},
         "Build of the parser: auto (the widest vectors that the CPU has), scalar, avx2 or avx512. "
         "The environment variable BALEEN_KERNEL goes first."},

        {"flow.memory", Bytes{&s.flow.memory_bytes, 0, uint64_t{1} << 44},
         "Memory of all workers' flow tables together, such as \"8GiB\", some 600 bytes a flow; 0: "
         "as "
         "much as flow.max_flows needs."},
        {"flow.max_flows", Count{&s.flow.max_flows, 1, uint64_t{1} << 31},
         "Flows in memory at a time, over all workers; some 600 bytes each. When a table is full, "
         "single packets, then unanswered flows, then the longest idle ones are told early (lack "
         "of "
         "resources), and in a flood some new flows are counted together (aggregated)."},
        {"flow.splt", Count{&s.flow.splt_packets, 0, limits::splt_packets_max},
         "First packets of each flow whose sizes and gaps are told one by one (SPLT); each takes 8 "
         "bytes of memory per flow."},
        {"flow.idle_timeout", Duration{&s.flow.idle_timeout_ns, millisecond_ns},
         "A flow ends when no packet came for so long."},
        {"flow.active_timeout", Duration{&s.flow.active_timeout_ns, millisecond_ns},
         "A flow that goes on is told in parts of this length."},
        {"flow.tcp_end_timeout", Duration{&s.flow.tcp_end_timeout_ns, millisecond_ns},
         "How long a TCP flow is kept after RST or both FINs, for the packets that still follow."},
        {"flow.fragment_timeout", Duration{&s.flow.fragment_timeout_ns, millisecond_ns},
         "How long the fragments of an IP datagram are expected to follow one another."},
        {"flow.fragmented_datagrams", Count{&s.flow.fragmented_datagrams, 4, 16'000'000},
         "Fragmented IP datagrams remembered at a time by each worker; 192 bytes each."},

        {"protocol.enabled", Flag{&s.protocol.enabled},
         "Look into the first packets of flows: which application protocol they speak, and what is "
         "said: names, fingerprints, requests. Off: flows have ports and nothing else."},
        {"protocol.conversations", Count{&s.protocol.conversations, 0, uint64_t{1} << 31},
         "Flows looked into at a time, over all workers; some 600 bytes each. Most are done with "
         "after a few packets. 0: an eighth of the flows in memory."},
        {"protocol.memory", Bytes{&s.protocol.memory_bytes, mib, tib},
         "Memory of all workers for messages that come in pieces, and requests that wait for their "
         "answer."},
        {"protocol.reorder_memory", Bytes{&s.protocol.reorder_memory_bytes, mib, tib},
         "Memory of all workers for TCP segments that came before their turn."},
        {"protocol.facts_memory", Bytes{&s.protocol.facts_memory_bytes, mib, tib},
         "Memory of all workers for what flow records tell of application protocols; 128 to 640 "
         "bytes a flow."},
        {"protocol.events_per_second", Count{&s.protocol.events_per_second, 0, UINT32_MAX},
         "Events of application protocols in each second and worker; further ones are counted "
         "only. 0: none, so that only flow records tell."},
        {"protocol.ndpi", Flag{&s.protocol.ndpi},
         "Ask nDPI about flows that no parser knows. It costs much of each of them, and has to be "
         "built in: docs/protocols.md."},

        {"rules.files", TextList{&s.rules.files},
         "Rules to match with: native (.toml), Suricata's or Snort 3's. Empty: nothing is matched. "
         "docs/rules.md tells what can be expressed."},
        {"rules.variables", TextList{&s.rules.variables},
         "Variables of the rules, NAME=VALUE each, such as \"HOME_NET=[10.0.0.0/8]\"."},
        {"rules.classification", Text{&s.rules.classification},
         "classification.config of the rules: the severity of each classtype. Empty: built in."},
        {"rules.prefilter", Flag{&s.rules.prefilter},
         "Load rules that cannot be expressed exactly as well, without those parts; their hits are "
         "marked as candidates."},
        {"rules.every_hit", Flag{&s.rules.every_hit},
         "Every hit makes an event: rate limits of rules do not count, and rules that only tag "
         "alert. For trying rules out."},
        {"rules.cache", Text{&s.rules.cache},
         "Folder of compiled rules. Empty: \"rules\" in the folder of the store."},
        {"rules.memory", Bytes{&s.rules.memory_bytes, mib, tib},
         "Most memory that compiled rules may take; more of them are refused."},

        {"match.stream_depth", Bytes{&s.match.stream_depth_bytes, 64, 64 * mib},
         "Bytes of each direction of a TCP flow that are scanned."},
        {"match.streams", Count{&s.match.streams, 0, uint64_t{1} << 31},
         "TCP flows scanned as streams at a time, over all workers; 320 bytes each. Others "
         "are "
         "scanned segment by segment. 0: a quarter of the flows in memory."},
        {"match.reorder_memory", Bytes{&s.match.reorder_memory_bytes, mib, tib},
         "Memory of all workers for TCP segments that came before their turn."},
        {"match.state_memory", Bytes{&s.match.state_memory_bytes, mib, tib},
         "Memory of all workers for the pattern matcher's state of open streams."},
        {"match.kept_memory", Bytes{&s.match.kept_memory_bytes, mib, tib},
         "Memory of all workers for bytes of streams that rules are judged on."},
        {"match.events_per_flow", Count{&s.match.events_per_flow, 1, UINT32_MAX},
         "Events of one flow; further hits are counted only."},
        {"match.events_per_second", Count{&s.match.events_per_second, 1, UINT32_MAX},
         "Events of one rule in each second and worker; further hits are counted only."},
        {"match.excerpt", Bytes{&s.match.excerpt_bytes, 0, record::excerpt_bytes_max},
         "Payload told with an event: so many bytes, up to the end of what was found."},

        {"match.statistics", Text{&s.match.statistics},
         "File that hits, flows and scanned bytes of each rule and group of ports are written to, "
         "several times a second, as JSON. Empty: none."},
        {"match.profile", Flag{&s.match.profile},
         "Measure what rules and groups of ports cost, for match.statistics; takes some time "
         "itself."},

        {"capture.directory", Text{&s.capture.directory},
         "Folder that packets are written to, as files that are begun anew by size and time. "
         "Empty: "
         "no packets are written."},
        {"capture.select", Choice{&s.capture.select, {"all", "rules", "none"}},
         "Which packets: all, those of flows that a rule with action \"capture\" has chosen, from "
         "that packet on (and before, as far as capture.history goes back), or none but those of "
         "`baleen capture trigger`."},
        {"capture.filter", Text{&s.capture.filter},
         "Of those, the ones that this filter accepts, in pcap-filter(7) syntax."},
        {"capture.flow_packets", Count{&s.capture.flow_packets, 0, UINT32_MAX},
         "Only the first packets of each flow, so many. 0: all."},
        {"capture.flow_bytes", Bytes{&s.capture.flow_bytes, 0, tib},
         "Only the first bytes of each flow (on the wire), so many. 0: all."},
        {"capture.snaplen", Bytes{&s.capture.snaplen_bytes, 14, limits::packet_bytes_max},
         "Bytes written of each packet."},
        {"capture.slices", TextList{&s.capture.slices},
         "Fewer bytes of packets of some applications, such as [\"tls:128\", \"quic:64\"]."},
        {"capture.format", Choice{&s.capture.format, {"pcapng", "pcap"}},
         "pcapng tells ports, flows, rules and losses as well; pcap (nanoseconds) is for readers "
         "that know nothing else."},
        {"capture.compression", Choice{&s.capture.compression, {"none", "lz4", "zstd"}},
         "Compression of each chunk of up to 1 MiB by itself, so that packets are found without "
         "decompressing the others."},
        {"capture.comments", Flag{&s.capture.comments},
         "pcapng: a comment with each packet that names its flow, and the rule that hit it; some "
         "32 "
         "bytes a packet."},
        {"capture.rotate_bytes", Bytes{&s.capture.rotate_bytes, mib, tib},
         "A file is closed and the next one begun when it has grown to so many bytes."},
        {"capture.rotate_interval", Duration{&s.capture.rotate_interval_ns, second_ns},
         "Or when so much time has passed since it was begun."},
        {"capture.retention_bytes", Bytes{&s.capture.retention_bytes, mib, 1024 * tib},
         "Oldest files are deleted when all together have more bytes than this."},
        {"capture.retention_age", Duration{&s.capture.retention_age_ns, second_ns},
         "Files not written to for so long are deleted."},
        {"capture.free", Bytes{&s.capture.free_bytes, 0, 1024 * tib},
         "Oldest files are deleted when the disk has fewer free bytes than this."},
        {"capture.memory", Bytes{&s.capture.memory_bytes, 8 * mib, tib},
         "Memory of all workers for packets on their way to disk. When three quarters of it are in "
         "use packets are cut, when all is they are left out; both are counted."},
        {"capture.cut", Bytes{&s.capture.cut_bytes, 14, limits::packet_bytes_max},
         "Bytes written of a packet while the disk is behind."},
        {"capture.flush_interval", Duration{&s.capture.flush_interval_ns, millisecond_ns},
         "Packets wait no longer than this before they are written, however few there are."},
        {"capture.writers", Count{&s.capture.writers, 1, limits::writer_count_max},
         "Threads that write, each into files of its own; one for 10 to 20 Gbit/s. Workers share "
         "them."},
        {"capture.history", Bytes{&s.capture.history_bytes, 0, tib},
         "Memory of all workers for the packets of the last seconds or minutes, out of which a "
         "rule "
         "or `baleen capture trigger` writes what came before. 0: none."},
        {"capture.history_snaplen",
         Bytes{&s.capture.history_snaplen_bytes, 14, limits::packet_bytes_max},
         "Bytes of each packet that are kept there."},
        {"capture.socket", Text{&s.capture.socket},
         "UNIX socket where `baleen capture trigger` asks, if there is a history; a leading @ "
         "names "
         "one without a file. Empty: none."},

        {"ring.size",
         Bytes{&s.ring.size_bytes, limits::ring_bytes_min, limits::ring_bytes_max, true},
         "Shared memory between each worker and the control process. A power of two; 64 MiB hold "
         "419 000 records. A worker that waits for its reader takes 8 MiB at most."},
        {"ring.when_full", Choice{&s.ring.when_full, {"auto", "drop", "wait"}},
         "What a worker does with records when the control process lags: drop counts and goes on, "
         "wait stops reading. "
         "auto: wait for files, drop on live ports."},

        {"run.socket", Text{&s.run.socket},
         "UNIX socket of the data plane; a leading @ names one without a file (abstract)."},
        {"run.control_socket", Text{&s.run.control_socket},
         "UNIX socket of the control process, where `baleen rules reload` asks; a leading @ names "
         "one without a file. Empty: none."},
        {"run.drain_timeout", Duration{&s.run.drain_timeout_ns, 0},
         "How long the end of a run waits until the control process has taken every record."},

        {"store.enabled", Flag{&s.store.enabled},
         "Store records. Off: they are checked, counted and forgotten."},
        {"store.directory", Text{&s.store.directory},
         "Folder of the store. Empty: /var/lib/baleen for root, ~/.local/share/baleen for others."},
        {"store.slice", Duration{&s.store.slice_ns, second_ns},
         "Time that one database file covers."},
        {"store.batch_records", Count{&s.store.batch_records, 1, 10'000'000},
         "Most records in one transaction."},
        {"store.commit_interval", Duration{&s.store.commit_interval_ns, millisecond_ns},
         "Longest time that a record waits for its transaction to end."},
        {"store.retention_bytes", Bytes{&s.store.retention_bytes, mib, 1024 * tib},
         "Oldest slices are deleted when the store grows beyond this."},
        {"store.retention_age", Duration{&s.store.retention_age_ns, 60 * second_ns},
         "Slices not written to for so long are deleted."},
        {"store.free", Bytes{&s.store.free_bytes, 0, 1024 * tib},
         "Oldest slices are deleted when the disk has fewer free bytes than this, or than a tenth "
         "of it."},
        {"store.rollup", Flag{&s.store.rollup},
         "Add up flows by second, minute and hour, of which tops and series are made."},
        {"store.rollup_memory", Bytes{&s.store.rollup_memory_bytes, mib, 64 * 1024 * mib},
         "What is added up takes as much memory at most; what has no room is written sooner."},
        {"store.rollup_interval", Duration{&s.store.rollup_interval_ns, 0},
         "How often what is added up is written."},

        {"api.listen", Text{&s.api.listen},
         "Address and port of the HTTP API, such as \"127.0.0.1:8600\" or \"[::]:8600\"; port 0 "
         "takes a free one. Empty: no API. docs/api.md tells what others than this machine need."},
        {"api.token_file", Text{&s.api.token_file},
         "File of who may ask: lines \"read TOKEN\" and \"admin TOKEN\", readable by nobody else. "
         "Empty: everybody on this machine may do everything."},
        {"api.certificate", Text{&s.api.certificate},
         "PEM file of the certificate chain, for HTTPS. Empty: plain HTTP."},
        {"api.private_key", Text{&s.api.private_key}, "PEM file of the certificate's key."},
        {"api.trusted_proxy", Flag{&s.api.trusted_proxy},
         "All clients come through a proxy, which ends TLS and tells their addresses "
         "(X-Forwarded-For)."},
        {"api.connections_max", Count{&s.api.connections_max, 1, 1'000'000},
         "Connections at a time; the longest idle one makes room for a new one."},
        {"api.connections_per_client_max", Count{&s.api.connections_per_client_max, 1, 1'000'000},
         "Of those, of one address (of IPv6, one /64); not counted behind a trusted proxy."},
        {"api.request_bytes_max", Bytes{&s.api.request_bytes_max, kib, gib},
         "Largest body of a request."},
        {"api.question_threads", Count{&s.api.question_threads, 1, 64},
         "Threads that answer questions to the store, at low priority."},
        {"api.questions_waiting_max", Count{&s.api.questions_waiting_max, 1, 65536},
         "Questions that wait for a thread; further ones are refused (503)."},
        {"api.question_timeout", Duration{&s.api.question_timeout_ns, millisecond_ns},
         "How long a question may take, waiting included."},
        {"api.www", Text{&s.api.www},
         "Folder of files that are served beside the API, read at the start. Empty: none."},

        {"graph.enabled", Flag{&s.graph.enabled},
         "Keep up with who talks to whom, for the dashboard and the API."},
        {"graph.windows", TextList{&s.graph.windows},
         "How far back the graph goes, from short to long. A flow is in the graph once its record "
         "is: windows shorter than flow.idle_timeout miss what only ends by it."},
        {"graph.memory", Bytes{&s.graph.memory_bytes, mib, tib},
         "Memory of the graph. When it is used up, the hosts with the fewest bytes are counted "
         "together, as \"others\"."},
        {"graph.asn_database", Text{&s.graph.asn_database},
         "File with numbers of autonomous systems (MaxMind DB), to group hosts by. Empty: none."},
        {"graph.metrics_memory", Bytes{&s.graph.metrics_memory_bytes, 64 * mib, tib},
         "Most memory of the program that computes metrics of a graph (baleen-graph)."},
        {"graph.metrics_deadline", Duration{&s.graph.metrics_deadline_ns, 10 * millisecond_ns},
         "Longest time that it may take; then it is ended."},
        {"graph.exact_nodes", Count{&s.graph.exact_nodes, 0, 100'000},
         "Betweenness, closeness and diameter are exact for graphs of so many nodes; of larger "
         "ones they are sampled, left out, or a bound."},
        {"graph.scan_window", Duration{&s.graph.scan_window_ns, second_ns},
         "Time in which scans and sweeps are looked for."},
        {"graph.scan_memory", Bytes{&s.graph.scan_memory_bytes, mib, tib},
         "Memory for that. When it is used up, those who have asked the fewest are forgotten."},
        {"graph.sweep_hosts", Count{&s.graph.sweep_hosts, 2, UINT32_MAX},
         "A host sweeps when it has asked so many others on one port."},
        {"graph.scan_ports", Count{&s.graph.scan_ports, 2, 65536},
         "A host scans when it has asked so many ports of another."},
        {"graph.scan_unanswered", Count{&s.graph.scan_unanswered_percent, 0, 100},
         "And of these flows so many in a hundred had no answer, or were refused."},
    };
}

std::string format_value(const Key& key) {
    return std::visit(
        Overloaded{
            [](const Flag& t) { return std::string(*t.value ? "true" : "false"); },
            [](const Count& t) { return fmt::format("{}", *t.value); },
            [](const Bytes& t) { return quoted(base::format_bytes(*t.value)); },
            [](const Duration& t) { return quoted(base::format_duration_ns(*t.value)); },
            [](const Text& t) { return quoted(*t.value); },
            [](const Choice& t) { return quoted(*t.value); },
            [](const TextList& t) {
                std::string out = "[";
                for (const std::string& item : *t.value)
                    out += (out.size() > 1 ? ", " : "") + quoted(item);
                return out + "]";
            },
        },
        key.target);
}

std::string format_kind(const Key& key) {
    return std::visit(
        Overloaded{
            [](const Flag&) { return std::string("true or false"); },
            [](const Count& t) { return fmt::format("count, {} to {}", t.minimum, t.maximum); },
            [](const Bytes& t) {
                return fmt::format("size, {} to {}{}", base::format_bytes(t.minimum),
                                   base::format_bytes(t.maximum),
                                   t.power_of_two ? ", a power of two" : "");
            },
            [](const Duration& t) {
                return fmt::format("duration, at least {}, or \"off\"",
                                   base::format_duration_ns(t.minimum));
            },
            [](const Text&) { return std::string("text"); },
            [](const Choice& t) { return fmt::format("one of {}", fmt::join(t.choices, ", ")); },
            [](const TextList&) { return std::string("list of texts"); },
        },
        key.target);
}

}  // namespace baleen::config
