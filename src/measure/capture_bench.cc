#include "measure/capture_bench.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <thread>

#include "dataplane/capture/writer.h"
#include "dataplane/worker.h"
#include "drivers/synth/synth_source.h"
#include "measure/own_ring.h"
#include "measure/usual.h"
#include "packets/index_log.h"

namespace baleen::measure {
namespace {

using stats::Counter;

constexpr uint64_t ns_per_s = 1'000'000'000;

int64_t now_ns() {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

capture::CaptureSettings capture_settings(const CaptureCase& wanted) {
    capture::CaptureSettings settings;
    settings.may_wait = true;
    settings.flush_interval_ns = ns_per_s;
    settings.chunks = static_cast<uint32_t>(wanted.memory_bytes / packets::chunk_bytes_max);
    return settings;
}

// Everything between made-up packets and a folder.
class Line {
public:
    static base::Result<std::unique_ptr<Line>> create(const CaptureCase& wanted) {
        std::unique_ptr<Line> line(new Line(wanted));
        drivers::SynthSettings synth{.flow_count = wanted.flows};
        // With the frame checksum, which is not captured.
        synth.sizes.fill(static_cast<uint16_t>(wanted.frame_bytes + 4));
        auto source = drivers::SynthSource::create(synth);
        if (!source) return source.error();
        auto memory = dataplane::StageMemory::create(line->settings_);
        if (!memory) return memory.error();
        auto ring = OwnRing::create();
        if (!ring) return ring.error();
        line->ring_.emplace(std::move(*ring));
        line->memory_ = memory->capturing;
        line->worker_ = std::make_unique<dataplane::Worker<drivers::SynthSource>>(
            std::move(*source), line->settings_, line->everything_, std::move(*memory),
            line->ring_->writer(), line->stats_[0]);
        auto output = capture::Output::create(
            {.directory = wanted.directory}, line->interfaces_,
            {[] { return std::string(); }, [](uint16_t) { return capture::PortFacts{}; }});
        if (!output) return output.error();
        auto writer =
            capture::Writer::create({line->memory_.get()}, line->settings_.capture,
                                    std::move(*output), line->interfaces_, 0, line->stats_[1]);
        if (!writer) return writer.error();
        line->writer_ = std::move(*writer);
        return line;
    }

    CaptureFigures measure(int64_t slice_ns) {
        std::jthread writing([this] { writer_->run(control_); });
        std::jthread working([this] { worker_->run(control_); });
        // The first quarter fills memory and begins a file.
        sleep(slice_ns / 4);
        const CaptureFigures begun = figures();
        const int64_t begun_ns = now_ns();
        sleep(slice_ns);
        CaptureFigures done = figures();
        done.seconds = static_cast<double>(now_ns() - begun_ns) / ns_per_s;
        done.packets -= begun.packets;
        done.file_bytes -= begun.file_bytes;
        control_.stop();
        return done;
    }

private:
    explicit Line(const CaptureCase& wanted) {
        settings_ =
            worker_settings(*packet::choose_parse_kernel("auto"), 1, uint64_t{2} * wanted.flows);
        settings_.has_capture = true;
        settings_.capture = capture_settings(wanted);
        settings_.capture_filter = &everything_;
        settings_.interfaces = &interfaces_;
    }

    void sleep(int64_t ns) {
        // The ring is read by nobody, and must not be what the worker meets.
        for (const int64_t end = now_ns() + ns; now_ns() < end; ring_->drain())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CaptureFigures figures() const {
        const auto of = [&](Counter which) {
            return stats_[1].counters[static_cast<size_t>(which)].load(std::memory_order_relaxed);
        };
        return {0, of(Counter::capture_written_packets), of(Counter::capture_written_file_bytes)};
    }

    dataplane::WorkerSettings settings_;
    dataplane::FilterJit everything_;
    capture::Interfaces interfaces_;
    dataplane::RunControl control_{false, dataplane::Idle::poll};
    std::array<stats::WorkerStats, 2> stats_{};
    std::optional<OwnRing> ring_;
    std::shared_ptr<const capture::CaptureMemory> memory_;
    std::unique_ptr<dataplane::Worker<drivers::SynthSource>> worker_;
    std::unique_ptr<capture::Writer> writer_;
};

}  // namespace

base::Result<CaptureFigures> measure_capture(const CaptureCase& wanted) {
    auto line = Line::create(wanted);
    if (!line) return line.error();
    return (*line)->measure(wanted.slice_ns);
}

double copy_rate(const CaptureCase& wanted) {
    // As many frames as lie between a synthetic NIC and its worker.
    constexpr size_t frame_count = 512;
    std::vector<uint8_t> frames(frame_count * wanted.frame_bytes, 1);
    auto to = base::HugeMemory::allocate(wanted.memory_bytes);
    if (!to) return 0;
    std::memset(to->data(), 1, wanted.memory_bytes);
    uint64_t bytes = 0, at = 0;
    const int64_t begun = now_ns();
    while (now_ns() - begun < wanted.slice_ns / 4)
        for (size_t i = 0; i < frame_count; i++) {
            if (at + wanted.frame_bytes > wanted.memory_bytes) at = 0;
            std::memcpy(static_cast<uint8_t*>(to->data()) + at, &frames[i * wanted.frame_bytes],
                        wanted.frame_bytes);
            at += wanted.frame_bytes;
            bytes += wanted.frame_bytes;
        }
    return static_cast<double>(bytes) * ns_per_s / static_cast<double>(now_ns() - begun);
}

base::Result<double> index_core_share(const CaptureCase& wanted) {
    constexpr uint64_t packet_count = 1'000'000;
    const uint64_t per_chunk = std::min<uint64_t>(
        packets::chunk_bytes_max / (wanted.frame_bytes + 64), packets::chunk_flows_max);
    std::vector<packets::ChunkFlow> flows(per_chunk);
    const std::string path =
        (std::filesystem::path(wanted.directory) / "index-of-the-benchmark").string();
    const auto cpu_ns = [] {
        timespec time{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
    };
    auto log = packets::IndexLog::create(path);
    if (!log) return log.error();
    int64_t taken_ns = 0;
    uint64_t offset = 0;
    for (uint64_t done = 0; done < packet_count; done += per_chunk) {
        for (uint64_t i = 0; i < per_chunk; i++) {
            const uint64_t number = (done + i) * 0x9e3779b97f4a7c15;
            flows[i] = {.flow_id = number,
                        .tuple_key = static_cast<uint32_t>(number >> 32),
                        .host_keys = {static_cast<uint32_t>(number >> 20),
                                      static_cast<uint32_t>(number >> 10)}};
        }
        packets::ChunkBlock header{};
        header.sequence = done / per_chunk;
        header.packets = static_cast<uint32_t>(per_chunk);
        header.flows = header.packets;
        header.chunk_bytes = packets::chunk_bytes_max;
        const int64_t begun_ns = cpu_ns();
        if (auto status = log->append(header, offset, packets::chunk_bytes_max, flows); !status)
            return status.error();
        taken_ns += cpu_ns() - begun_ns;
        offset += packets::chunk_bytes_max;
    }
    const int64_t begun_ns = cpu_ns();
    if (auto status = log->seal(offset); !status) return status.error();
    taken_ns += cpu_ns() - begun_ns;
    std::filesystem::remove(packets::index_path(path));
    return static_cast<double>(taken_ns) / static_cast<double>(ns_per_s);
}

}  // namespace baleen::measure
