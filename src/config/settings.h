// Every tunable, typed, with its default. What each one means stands in schema.cc and, generated
// from it, in configs/baleen.toml.
//
// Durations in ns (base::duration_off: never), sizes in bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "baleen/limits.h"
#include "base/units.h"

namespace baleen::config {

inline constexpr int64_t second_ns = 1'000'000'000;

struct Settings {
    struct Source {
        std::vector<std::string> devices;
        std::vector<std::string> files;
        std::string filter;
    } source;

    struct Ethdev {
        std::string hugepages = "auto";
        uint64_t queues = 0;  // 0: as many as workers, where that serves
        std::string rss = "ip";
        uint64_t rx_descriptors = 1024;
        uint64_t mbufs = 0;  // 0: computed (drivers/ethdev/sizes.h)
        uint64_t mbuf_bytes = 2176;
        uint64_t mtu = 0;  // 0: the device's own
        bool promiscuous = true;
        std::vector<std::string> eal_arguments;
    } ethdev;

    struct Xdp {
        std::string program = "auto";
        std::vector<std::string> shunt;
        uint64_t shunt_flows_max = 1024;
    } xdp;

    struct Worker {
        uint64_t count = 1;
        std::vector<std::string> cores;
        uint64_t burst = 64;
        std::string idle = "poll";
        std::string hash_key = "random";
    } worker;

    struct Parse {
        bool key_vlan = true;
        std::vector<std::string> tunnels = {"all"};
        bool verify_checksums = false;
        std::string kernel = "auto";
    } parse;

    struct Flow {
        uint64_t memory_bytes = 0;  // 0: by max_flows
        uint64_t max_flows = 1'000'000;
        uint64_t splt_packets = 0;
        int64_t idle_timeout_ns = 60 * second_ns;
        int64_t active_timeout_ns = 300 * second_ns;
        int64_t tcp_end_timeout_ns = 5 * second_ns;
        int64_t fragment_timeout_ns = 30 * second_ns;
        uint64_t fragmented_datagrams = 4096;
    } flow;

    struct Protocol {
        bool enabled = true;
        uint64_t conversations = 0;  // 0: an eighth of flow.max_flows
        uint64_t memory_bytes = 64ull << 20;
        uint64_t reorder_memory_bytes = 32ull << 20;
        uint64_t facts_memory_bytes = 64ull << 20;
        uint64_t events_per_second = 100'000;
        bool ndpi = false;
    } protocol;

    struct Rules {
        std::vector<std::string> files;
        std::vector<std::string> variables;
        std::string classification;
        bool prefilter = false;
        bool every_hit = false;
        std::string cache;
        uint64_t memory_bytes = 1ull << 30;
    } rules;

    struct Match {
        uint64_t stream_depth_bytes = 64ull << 10;
        uint64_t streams = 0;  // 0: a quarter of flow.max_flows
        uint64_t reorder_memory_bytes = 64ull << 20;
        uint64_t state_memory_bytes = 256ull << 20;
        uint64_t kept_memory_bytes = 256ull << 20;
        uint64_t events_per_flow = 100;
        uint64_t events_per_second = 1000;
        uint64_t excerpt_bytes = 64;
        std::string statistics;
        bool profile = false;
    } match;

    struct Capture {
        std::string directory;  // empty: nothing is written
        std::string select = "all";
        std::string filter;
        uint64_t flow_packets = 0;  // 0: all
        uint64_t flow_bytes = 0;
        uint64_t snaplen_bytes = limits::packet_bytes_max;
        std::vector<std::string> slices;
        std::string format = "pcapng";
        std::string compression = "none";
        bool comments = true;
        uint64_t rotate_bytes = 1ull << 30;
        int64_t rotate_interval_ns = 3600 * second_ns;
        uint64_t retention_bytes = 20ull << 30;
        int64_t retention_age_ns = base::duration_off;
        uint64_t free_bytes = 1ull << 30;
        uint64_t memory_bytes = 128ull << 20;
        uint64_t cut_bytes = 128;
        int64_t flush_interval_ns = second_ns;
        uint64_t writers = 1;
        uint64_t history_bytes = 0;
        uint64_t history_snaplen_bytes = limits::packet_bytes_max;
        std::string socket = "/run/baleen/capture.sock";
    } capture;

    struct Ring {
        uint64_t size_bytes = 64ull << 20;
        std::string when_full = "auto";
    } ring;

    struct Run {
        std::string socket = "/run/baleen/dataplane.sock";
        std::string control_socket = "/run/baleen/control.sock";
        int64_t drain_timeout_ns = 30 * second_ns;
    } run;

    struct Store {
        bool enabled = true;
        std::string directory;
        int64_t slice_ns = 3600 * second_ns;
        uint64_t batch_records = 20'000;
        int64_t commit_interval_ns = second_ns / 2;
        uint64_t retention_bytes = 20ull << 30;
        int64_t retention_age_ns = base::duration_off;
        uint64_t free_bytes = 1ull << 30;
        bool rollup = true;
        uint64_t rollup_memory_bytes = 64ull << 20;
        int64_t rollup_interval_ns = 5 * second_ns;
    } store;

    struct Api {
        std::string listen = "127.0.0.1:8600";  // empty: no API
        std::string token_file;
        std::string certificate;
        std::string private_key;
        bool trusted_proxy = false;
        uint64_t connections_max = 2048;
        uint64_t connections_per_client_max = 256;
        uint64_t request_bytes_max = 1ull << 20;
        uint64_t question_threads = 2;
        uint64_t questions_waiting_max = 64;
        int64_t question_timeout_ns = 30 * second_ns;
        std::string www;
    } api;

    struct Graph {
        bool enabled = true;
        std::vector<std::string> windows = {"1m", "5m", "1h", "24h"};
        uint64_t memory_bytes = 64ull << 20;
        std::string asn_database;
        uint64_t metrics_memory_bytes = 1ull << 30;
        int64_t metrics_deadline_ns = 10 * second_ns;
        uint64_t exact_nodes = 1500;
        int64_t scan_window_ns = 300 * second_ns;
        uint64_t scan_memory_bytes = 16ull << 20;
        uint64_t sweep_hosts = 64;
        uint64_t scan_ports = 64;
        uint64_t scan_unanswered_percent = 50;
    } graph;

    bool is_live() const { return !source.devices.empty(); }
};

}  // namespace baleen::config
