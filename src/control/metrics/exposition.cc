#include "control/metrics/exposition.h"

#include <prometheus/text_serializer.h>

#include "control/metrics/run_families.h"

namespace baleen::metrics {
namespace {

double seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

void add_process(const ProcessStatus& process, Families& to) {
    const auto gauge = [&](std::string name, std::string help, auto value) {
        to.gauge(std::move(name), std::move(help), static_cast<double>(value));
    };
    to.begin(Type::Counter, "process_cpu_seconds_total", "CPU time of baleen-control")
        .add(process.cpu_seconds);
    gauge("process_start_time_seconds", "When baleen-control was started, since 1970",
          process.start_seconds);
    gauge("process_resident_memory_bytes", "Memory of baleen-control, with rings that it reads",
          process.resident_bytes);
    gauge("process_virtual_memory_bytes", "Address space of baleen-control", process.virtual_bytes);
    gauge("process_open_fds", "Open descriptors of baleen-control", process.open_fds);
    gauge("process_max_fds", "Most descriptors that baleen-control may have open", process.max_fds);
}

void add_ingest(const IngestStatus& ingest, Families& to) {
    to.counter("baleen_ingest_frames_total", "Records and events taken out of rings, and committed",
               ingest.frames_committed);
    to.begin(Type::Counter, "baleen_ingest_invalid_frames_total",
             "Frames in rings that made no sense, by reason");
    for (const auto& [reason, count] : ingest.invalid_frames)
        to.add(static_cast<double>(count), {{"reason", reason}});
    to.counter("baleen_ingest_suppressed_events_total",
               "Events of rules that were not stored, as the rules' rate limits want it",
               ingest.suppressed_events);
    to.counter("baleen_ingest_unlimited_events_total",
               "Events stored without regard to a rate limit: all its places were in use",
               ingest.unlimited_events);
    to.gauge("baleen_ingest_rate_windows", "Places of rate limits in use",
             static_cast<double>(ingest.rate_windows));
    to.gauge("baleen_ingest_rate_windows_max", "Places of rate limits",
             static_cast<double>(ingest.rate_windows_max));
    to.gauge("baleen_ingest_rings_given_up", "Rings that made no sense and are read no further",
             static_cast<double>(ingest.rings_given_up));
    to.gauge("baleen_ingest_store_failing", "1: the store refuses, and rings fill",
             ingest.is_store_failing ? 1 : 0);
    const std::chrono::duration<double> age = std::chrono::steady_clock::now() - ingest.turned_at;
    to.gauge("baleen_ingest_turn_age_seconds",
             "Since the loop that reads rings last came round; what is above a second is a stall",
             age.count());
}

void add_store(const StoreStatus& store, Families& to) {
    to.gauge("baleen_store_bytes", "Size of the store", static_cast<double>(store.bytes));
    to.gauge("baleen_store_retention_bytes", "Size beyond which oldest slices are deleted",
             static_cast<double>(store.retention_bytes));
    to.gauge("baleen_store_slices", "Files that the store consists of",
             static_cast<double>(store.slices));
    to.counter("baleen_store_deleted_slices_total", "Slices deleted for being too old or too much",
               store.deleted_slices);
    to.begin(Type::Gauge, "baleen_store_oldest_time_seconds",
             "Where the oldest slice begins, since 1970");
    if (store.slices > 0) to.add(seconds(store.oldest_ns));
    to.begin(Type::Gauge, "baleen_store_newest_time_seconds",
             "Where the newest slice ends, since 1970");
    if (store.slices > 0) to.add(seconds(store.newest_ns));
}

void add_disks(const std::vector<DiskStatus>& disks, Families& to) {
    to.begin(Type::Gauge, "baleen_disk_size_bytes",
             "Size of the file system of the store, or of captured packets");
    for (const DiskStatus& disk : disks)
        to.add(static_cast<double>(disk.bytes), {{"use", disk.use}});
    to.begin(Type::Gauge, "baleen_disk_free_bytes", "What is free there");
    for (const DiskStatus& disk : disks)
        to.add(static_cast<double>(disk.free_bytes), {{"use", disk.use}});
}

prometheus::ClientMetric::Histogram histogram_of(const ApiStatus& api) {
    prometheus::ClientMetric::Histogram out;
    for (const ApiStatus::Bucket& bucket : api.durations) {
        out.sample_count += bucket.requests;
        out.bucket.push_back({out.sample_count, bucket.upper_seconds});
    }
    out.sample_count += api.longer_requests;
    out.sample_sum = api.duration_sum_seconds;
    return out;
}

void add_api(const ApiStatus& api, Families& to) {
    to.begin(Type::Counter, "baleen_api_requests_total", "Requests answered, by class of status");
    for (const auto& [status, count] : api.requests)
        to.add(static_cast<double>(count), {{"status", status}});
    to.begin(Type::Histogram, "baleen_api_request_duration_seconds",
             "From the last byte of a request to the last byte of its answer")
        .add(histogram_of(api));
    to.gauge("baleen_api_connections", "Connections that are open",
             static_cast<double>(api.connections_open));
    to.begin(Type::Counter, "baleen_api_refused_connections_total",
             "Connections and requests that were refused, by cause");
    for (const auto& [cause, count] : api.refused_connections)
        to.add(static_cast<double>(count), {{"cause", cause}});
    to.counter("baleen_api_sent_bytes_total", "Bytes sent", api.sent_bytes);
    to.gauge("baleen_api_event_clients", "Clients that are sent events as they happen",
             static_cast<double>(api.event_clients));
    to.counter("baleen_api_events_sent_total", "Events sent to them", api.events_sent);
    to.counter("baleen_api_events_skipped_total", "Events that a client was too slow for",
               api.events_skipped);
}

}  // namespace

std::vector<prometheus::MetricFamily> families(const Sources& sources) {
    Families to;
    to.begin(Type::Gauge, "baleen_build_info", "Always 1; which version this is")
        .add(1, {{"version", sources.version}});
    if (sources.process) add_process(*sources.process, to);
    if (sources.run) add_run(*sources.run, to);
    if (sources.ingest) add_ingest(*sources.ingest, to);
    if (sources.store) add_store(*sources.store, to);
    add_disks(sources.disks, to);
    if (sources.api) add_api(*sources.api, to);
    return to.take();
}

std::string exposition(const Sources& sources) {
    return prometheus::TextSerializer().Serialize(families(sources));
}

}  // namespace baleen::metrics
