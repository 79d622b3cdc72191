// The metrics of baleen-control: what is told of a run, under which names, and in which form.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "control/metrics/collect.h"
#include "control/metrics/exposition.h"
#include "control/metrics/ledger_names.h"
#include "tests/support/metrics_sample.h"
#include "tests/unit/ring_pair.h"

namespace baleen::metrics {
namespace {

using stats::Counter;

// "name{labels}" to value, of the text itself; a line that comes twice is an error.
std::map<std::string, double> parsed(const std::string& text) {
    std::map<std::string, double> out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        const size_t end = line.rfind(' ');
        const bool is_new = out.emplace(line.substr(0, end), std::stod(line.substr(end))).second;
        EXPECT_TRUE(is_new) << line;
    }
    return out;
}

std::string series_of(uint32_t counter) {
    const base::CounterInfo& info = base::counter_infos[counter];
    const std::string name = metric_name(info);
    return is_told_by_cause(info) ? name + "{cause=\"" + std::string(info.cause) + "\"}" : name;
}

TEST(MetricNames, AreDerivedFromTermCauseAndUnit) {
    const std::pair<Counter, std::string_view> expected[] = {
        {Counter::received_bytes, "baleen_received_bytes_total"},
        {Counter::malformed_vlan_depth, "baleen_malformed_packets_total{cause=\"vlan_depth\"}"},
        {Counter::flows_created, "baleen_flows_created_total"},
        {Counter::flows_ended_merged, "baleen_flows_ended_total{cause=\"merged\"}"},
        {Counter::records_made, "baleen_records_made_frames_total"},
        {Counter::capture_written_file_bytes, "baleen_capture_written_file_bytes_total"},
        {Counter::poll_total, "baleen_poll_polls_total"},
        {Counter::poll_empty, "baleen_poll_empty_polls_total"},
    };
    for (const auto& [counter, series] : expected)
        EXPECT_EQ(series_of(static_cast<uint32_t>(counter)), series);
}

// What follows the description of a term must be a new series, and none may be lost.
TEST(MetricNames, AreThereForEveryCounterOnce) {
    const auto told = parsed(exposition(test::sample_sources()));
    const auto sources = test::sample_sources();
    std::set<std::string> seen;
    for (uint32_t i = 0; i < stats::counter_count; i++) {
        const std::string series = series_of(i);
        EXPECT_TRUE(seen.insert(series).second) << series;
        ASSERT_TRUE(told.contains(series)) << series;
        EXPECT_EQ(told.at(series), static_cast<double>(sources.run->ledger.counters[i])) << series;
    }
}

TEST(Exposition, ExplainsEachFamily) {
    for (const auto& family : families(test::sample_sources())) {
        EXPECT_FALSE(family.help.empty()) << family.name;
        EXPECT_EQ(family.help.find_first_of("\n\\|"), std::string::npos) << family.name;
        EXPECT_EQ(family.type == prometheus::MetricType::Counter, family.name.ends_with("_total"))
            << family.name;
    }
    const std::string text = exposition(test::sample_sources());
    EXPECT_NE(text.find("# HELP baleen_shed_packets_total By cause. worker_busy: The ring to a "
                        "worker was full; flow_table_full: No room"),
              std::string::npos);
    EXPECT_NE(text.find("# TYPE baleen_shed_packets_total counter\n"), std::string::npos);
}

TEST(Exposition, TellsPortsQueuesWorkersAndRings) {
    const auto told = parsed(exposition(test::sample_sources()));
    const std::string port = "port=\"0000:3b:00.1\"";
    const std::pair<std::string, double> expected[] = {
        {"baleen_build_info{version=\"1.2.3\"}", 1},
        {"baleen_port_rx_packets_total{" + port + "}", 40'027},
        {"baleen_port_queue_rx_packets_total{" + port + ",queue=\"1\"}", 20'014},
        {"baleen_port_rx_missed_packets_total{" + port + ",cause=\"phy_discard\"}", 20'006},
        {"baleen_port_rx_nombuf_packets_total{" + port + "}", 20'003},
        {"baleen_port_link_up{" + port + "}", 0},
        {"baleen_port_link_up{port=\"0000:3b:00.0\"}", 1},
        {"baleen_port_clock_error_seconds{" + port + "}", 2e-5},
        {"baleen_worker_packets_total{worker=\"1\"}", 2000},
        {"baleen_worker_packets_total{worker=\"distributor\"}", 3000},
        {"baleen_ring_waiting_bytes{worker=\"1\"}", 8192},
        {"baleen_ring_dropped_frames_total{worker=\"0\"}", 7},
        {"baleen_run_start_time_seconds", 1.7e9},
        {"baleen_ingest_invalid_frames_total{reason=\"unknown_type\"}", 2},
        {"baleen_disk_free_bytes{use=\"packets\"}", 1 << 19},
        {"baleen_api_requests_total{status=\"5xx\"}", 7},
    };
    for (const auto& [series, value] : expected) {
        ASSERT_TRUE(told.contains(series)) << series;
        EXPECT_DOUBLE_EQ(told.at(series), value) << series;
    }
}

TEST(Exposition, AddsUpTheBucketsOfAHistogram) {
    const auto told = parsed(exposition(test::sample_sources()));
    const std::string name = "baleen_api_request_duration_seconds";
    EXPECT_EQ(told.at(name + "_bucket{le=\"0.01\"}"), 14);
    EXPECT_EQ(told.at(name + "_bucket{le=\"0.1\"}"), 29);
    EXPECT_EQ(told.at(name + "_bucket{le=\"+Inf\"}"), 45);
    EXPECT_EQ(told.at(name + "_count"), 45);
    EXPECT_EQ(told.at(name + "_sum"), 17.5);
}

TEST(Exposition, KeepsAllDigitsOfLargeCounters) {
    auto sources = test::sample_sources();
    sources.run->ledger.counters[0] = 8'888'888'888'888'887;
    EXPECT_NE(exposition(sources).find("baleen_received_packets_total 8888888888888887\n"),
              std::string::npos);
}

TEST(Exposition, LeavesOutWhatIsNotThere) {
    EXPECT_EQ(parsed(exposition({.version = "1"})).size(), 1u);
    const auto files = parsed(exposition(test::sample_sources(false)));
    EXPECT_FALSE(files.contains("baleen_port_link_up{port=\"0000:3b:00.0\"}"));
    EXPECT_EQ(files.at("baleen_port_file_bytes{port=\"0000:3b:00.0\"}"), 10'012);
    auto sources = test::sample_sources();
    sources.run->end_ns = 0;
    sources.run->ledger.ports[0].is_up = false;
    sources.run->ledger.ports[0].link_down = 0;  // a driver that does not know
    const auto told = parsed(exposition(sources));
    EXPECT_FALSE(told.contains("baleen_run_end_time_seconds"));
    EXPECT_FALSE(told.contains("baleen_port_link_up{port=\"0000:3b:00.0\"}"));
}

TEST(Exposition, TellsPortsApartThatAreNamedAlike) {
    auto sources = test::sample_sources();
    for (auto& port : sources.run->ledger.ports) port.name = "a";
    const auto told = parsed(exposition(sources));
    EXPECT_EQ(told.at("baleen_port_wire_packets_total{port=\"a\"}"), 10'001);
    EXPECT_EQ(told.at("baleen_port_wire_packets_total{port=\"a#2\"}"), 20'001);
}

// Names of ports come from the user, and from memory that another process writes.
TEST(Exposition, ForgesNoLinesOutOfTheNameOfAPort) {
    auto sources = test::sample_sources();
    sources.run->ledger.ports[0].name = "a\"} 1\nbaleen_forged 1\n\\\xff";
    const std::string text = exposition(sources);
    EXPECT_EQ(text.find("\nbaleen_forged"), std::string::npos);
    EXPECT_NE(text.find("{port=\"a\\\"} 1?baleen_forged 1?\\\\?\"}"), std::string::npos);
}

TEST(ProcessStatus, KnowsThisProcess) {
    const ProcessStatus status = process_status();
    EXPECT_GT(status.resident_bytes, 1u << 20);
    EXPECT_GT(status.virtual_bytes, status.resident_bytes);
    const double now = static_cast<double>(::time(nullptr));
    EXPECT_GT(status.start_seconds, now - 3600);
    EXPECT_LE(status.start_seconds, now + 2);
    EXPECT_LT(status.cpu_seconds, 3600);
    const base::FileDescriptor one_more(::dup(0));
    EXPECT_EQ(process_status().open_fds, status.open_fds + 1);
    EXPECT_GT(status.max_fds, status.open_fds);
}

TEST(DiskStatus, LooksAtTheFolderThatIsThere) {
    const auto status = disk_status("store", "/no/such/folder");
    ASSERT_TRUE(status);
    EXPECT_EQ(status->use, "store");
    EXPECT_GT(status->bytes, status->free_bytes);
    EXPECT_FALSE(disk_status("packets", ""));
}

TEST(IngestStatus, TellsWhatIngestHasDone) {
    test::RingPair ring;
    for (uint64_t i = 0; i < 3; i++) ASSERT_TRUE(test::write_64(ring.writer, i));
    ring.writer.publish();
    std::vector<ring::Reader> readers;
    readers.push_back(ring.open());
    control::Ingest ingest(std::move(readers), nullptr, {});
    EXPECT_EQ(ingest.poll_once(), 3u);
    EXPECT_EQ(ingest_status(ingest).frames_committed, 0u);
    ASSERT_TRUE(ingest.commit());
    const IngestStatus status = ingest_status(ingest);
    EXPECT_EQ(status.frames_committed, 3u);
    EXPECT_EQ(status.invalid_frames.at("unknown_version"), 3u);
    EXPECT_EQ(status.rings_given_up, 0u);
    EXPECT_FALSE(status.is_store_failing);
    EXPECT_LT(std::chrono::steady_clock::now() - status.turned_at, std::chrono::minutes(1));

    ring.header().head_bytes = UINT64_MAX;  // a ring that makes no sense
    ingest.poll_once();
    EXPECT_EQ(ingest_status(ingest).rings_given_up, 1u);
}

// docs/metrics.md has a row for each metric, and no other.
TEST(MetricsDocument, IsMadeFromTheSameSource) {
    std::ifstream file(BALEEN_SOURCE_ROOT "/docs/metrics.md");
    std::string rows;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("| `baleen_") || line.starts_with("| `process_")) rows += line + "\n";
    EXPECT_EQ(rows, test::metrics_table())
        << "put the output of `tests/support/write_metrics table` there";
}

}  // namespace
}  // namespace baleen::metrics
