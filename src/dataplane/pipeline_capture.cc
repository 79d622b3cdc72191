// The writers of a run: threads that take packets from the workers to disk, and what they are
// asked.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/units.h"
#include "config/loader.h"
#include "dataplane/pipeline.h"

namespace baleen::dataplane {
namespace {

capture::Compression compression_of(const std::string& text) {
    if (text == "lz4") return capture::Compression::lz4;
    return text == "zstd" ? capture::Compression::zstd : capture::Compression::none;
}

}  // namespace

// Each writer has the workers whose number leaves its own.
base::Status Pipeline::add_writers() {
    if (captures_.empty()) return base::Ok{};
    const auto count =
        static_cast<uint32_t>(std::min<uint64_t>(settings_.capture.writers, captures_.size()));
    for (uint32_t i = 0; i < count; i++) {
        std::vector<const capture::CaptureMemory*> workers;
        for (size_t worker = i; worker < captures_.size(); worker += count)
            workers.push_back(captures_[worker].get());
        auto output = open_output(i);
        if (!output) return output.error();
        auto writer = capture::Writer::create(
            std::move(workers), worker_settings_.capture, std::move(*output), interfaces_,
            settings_.run.drain_timeout_ns, stats_.view.segment->writers[i]);
        if (!writer) return writer.error();
        writers_.push_back(std::move(*writer));
        add_thread(fmt::format("writer-{}", i),
                   [this, writer = writers_.back().get()] { writer->run(control_); });
    }
    return base::Ok{};
}

base::Result<std::unique_ptr<capture::Output>> Pipeline::open_output(uint32_t writer) {
    const config::Settings::Capture& from = settings_.capture;
    const capture::OutputSettings output{
        .directory = from.directory,
        .format = from.format == "pcap" ? capture::Format::pcap : capture::Format::pcapng,
        .compression = compression_of(from.compression),
        .rotate_bytes = from.rotate_bytes,
        .rotate_interval_ns = from.rotate_interval_ns,
        .retention_bytes = from.retention_bytes,
        .retention_age_ns = from.retention_age_ns,
        .free_bytes = from.free_bytes,
        .run_id = run_id_,
        .writer = writer};
    return capture::Output::create(output, interfaces_, section_facts());
}

// Asked by a writer when it begins or ends a file.
capture::SectionFacts Pipeline::section_facts() const {
    const stats::Segment* segment = stats_.view.segment;
    return {.comment =
                [this, segment] {
                    base::Ledger ledger;
                    base::add_statistics(*segment, ledger);
                    return config::format_plain(settings_) + "\n" + ledger.to_json(false);
                },
            .port =
                [segment](uint16_t index) {
                    const stats::PortStats& port =
                        segment->ports[std::min<uint32_t>(index, limits::port_count_max - 1)];
                    constexpr auto relaxed = std::memory_order_relaxed;
                    const uint64_t dropped =
                        port.nic_missed_packets.load(relaxed) + port.no_mbuf_packets.load(relaxed);
                    return capture::PortFacts{
                        .name = std::string(port.name, ::strnlen(port.name, sizeof port.name)),
                        .received = port.wire_packets.load(relaxed) - dropped,
                        .dropped = dropped};
                }};
}

void Pipeline::take_capture_notices(std::vector<std::string>& notices) {
    for (const auto& writer : writers_)
        for (std::string& notice : writer->take_notices()) notices.push_back(std::move(notice));
}

base::Result<uint32_t> Pipeline::trigger_capture(const CaptureWanted& wanted) {
    if (writers_.empty())
        return base::Error{"this run writes no packets (capture.directory, run -W DIR)"};
    if (!worker_settings_.capture.has_separate_history())
        return base::Error{
            settings_.capture.history_bytes == 0
                ? "this run keeps no packets of the past (capture.history)"
                : "this run writes every packet anyway; `baleen extract` finds those wanted"};
    int64_t now_ns = 0;
    for (const stats::WorkerStats& worker : stats_.view.segment->workers)
        now_ns = std::max(now_ns, worker.clock_ns.load(std::memory_order_relaxed));
    auto filter = packet::CaptureFilter::compile(wanted.filter);
    if (!filter) return filter.error();
    auto trigger = std::make_shared<capture::Trigger>();
    trigger->id = ++triggers_;
    trigger->flow_id = wanted.flow_id;
    trigger->filter = std::move(*filter);
    trigger->text = wanted.flow_id != 0     ? fmt::format("flow {}", wanted.flow_id)
                    : wanted.filter.empty() ? "all packets"
                                            : wanted.filter;
    trigger->from_ns = now_ns - std::min(wanted.before_ns, now_ns);
    trigger->after_ns = std::min(wanted.after_ns, INT64_MAX - now_ns);
    trigger->until_ns = now_ns + trigger->after_ns;
    for (const auto& writer : writers_) writer->add_trigger(trigger);
    return trigger->id;
}

}  // namespace baleen::dataplane
