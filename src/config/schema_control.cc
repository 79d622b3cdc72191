#include "config/schema.h"

namespace baleen::config {
namespace {

constexpr int64_t millisecond_ns = 1'000'000;
constexpr uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib, tib = 1024 * gib;

std::vector<Key> store_keys(Settings& s) {
    return {
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
    };
}

std::vector<Key> api_keys(Settings& s) {
    return {
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
    };
}

std::vector<Key> graph_keys(Settings& s) {
    return {
        {"graph.enabled", Flag{&s.graph.enabled},
         "Keep up with who talks to whom, for the dashboard and the API."},
        {"graph.windows", TextList{&s.graph.windows},
         "How far back the graph goes, from short to long. A flow is in it once its record is, and "
         "counts when it was told: those that end by flow.idle_timeout so long after their last "
         "packet."},
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

}  // namespace

std::vector<Key> control_keys(Settings& s) {
    std::vector<Key> keys;
    for (const auto& part : {store_keys(s), api_keys(s), graph_keys(s)})
        keys.insert(keys.end(), part.begin(), part.end());
    return keys;
}

}  // namespace baleen::config
