#include "drivers/gen/generator.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/tsc_clock.h"
#include "drivers/gen/mbuf_burst.h"

namespace baleen::gen {
namespace {

// A buffer for what a capture may hold: 9018 bytes are the jumbo frames of most NICs, and segments
// that a kernel has put together (up to 64 KiB) are the exception.
constexpr uint32_t capture_frame_bytes_max = 16'000;

void pin_to(uint32_t core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

uint64_t share(uint64_t whole, uint16_t index, uint16_t count) {
    return whole / count + (index < whole % count ? 1 : 0);
}

}  // namespace

base::Result<Generator> Generator::open(const GeneratorOptions& options,
                                        std::vector<std::string>& notices) {
    const bool is_replay = !options.captures.empty();
    config::Settings settings = drivers::TransmitPort::settings_for(
        options.queues, is_replay ? capture_frame_bytes_max : frame_bytes_max);
    // Beside a capture, whose prefix is another one.
    settings.ethdev.eal_arguments = {"--file-prefix=baleen-gen"};
    const auto device = drivers::resolve_device(options.device, 0, settings, {});
    if (!device) return device.error();
    std::string notice;
    auto eal = drivers::Eal::start(settings, {*device}, notice);
    if (!eal) return eal.error();
    if (!notice.empty()) notices.push_back(notice);
    auto port = drivers::TransmitPort::open(*device, settings, options.queues, notice);
    if (!port) return port.error();
    notices.push_back(notice);
    Generator generator(std::move(*eal), std::move(*port));
    generator.options_ = options;
    generator.ticks_per_s_ = 1e9 / base::TscClock().ns_per_tick();
    generator.counters_ = std::make_unique<SendCounters[]>(options.queues);
    if (auto status = generator.make_frames(notices); !status) return status.error();
    return generator;
}

base::Status Generator::make_frames(std::vector<std::string>& notices) {
    if (options_.captures.empty()) {
        for (uint16_t queue = 0; queue < options_.queues; queue++) {
            SyntheticOptions synthetic = options_.synthetic;
            synthetic.flows = share(synthetic.flows, queue, options_.queues);
            synthetic.share = queue;
            synthetic.share_count = options_.queues;
            flows_.emplace_back(synthetic);
        }
        packets_per_s_ = options_.rate.packets_per_s_of(options_.synthetic.mix.mean_bytes());
        return base::Ok{};
    }
    CaptureFrames::Skipped skipped;
    auto loaded = CaptureFrames::load(options_.captures, options_.prefixes, port_.length_max(),
                                      options_.queues, skipped);
    if (!loaded) return loaded.error();
    captures_ = std::move(*loaded);
    double bytes = 0, frames = 0;
    for (const CaptureFrames& capture : captures_) {
        bytes += capture.mean_length() * static_cast<double>(capture.frame_count());
        frames += static_cast<double>(capture.frame_count());
    }
    packets_per_s_ = options_.rate.packets_per_s_of(bytes / frames + frame_check_bytes);
    if (skipped.not_ethernet > 0)
        notices.push_back(
            fmt::format("{} packets are not Ethernet frames and left out", skipped.not_ethernet));
    if (skipped.too_long > 0)
        notices.push_back(
            fmt::format("{} frames are longer than the {} bytes that the port takes, "
                        "and left out",
                        skipped.too_long, port_.length_max()));
    if (skipped.cut > 0)
        notices.push_back(
            fmt::format("{} frames were captured in part; that part is sent", skipped.cut));
    return base::Ok{};
}

// A queue's part of packets and rates: of flows all have the same, of a capture as many as it
// holds.
SendPlan Generator::plan_of(uint16_t queue) const {
    double part = 1.0 / options_.queues;
    SendPlan plan;
    plan.ticks_per_s = ticks_per_s_;
    plan.seconds = options_.seconds;
    plan.new_flows_per_s = options_.new_flows_per_s * part;
    if (options_.packets > 0) plan.packets = share(options_.packets, queue, options_.queues);
    if (!captures_.empty()) {
        uint64_t frames = 0;
        for (const CaptureFrames& capture : captures_) frames += capture.frame_count();
        const uint64_t ours = captures_[queue].frame_count();
        part = static_cast<double>(ours) / static_cast<double>(frames);
        if (options_.packets == 0 && options_.seconds == 0) plan.packets = ours;
        if (ours == 0) plan.packets = 0;
    }
    plan.packets_per_s = packets_per_s_ * part;
    return plan;
}

template <class Frames>
SendEnd Generator::send_frames(Frames& frames, uint16_t queue, const std::atomic<bool>& stop) {
    const SendPlan plan = plan_of(queue);
    if (plan.packets == 0) return SendEnd::done;
    MbufBurst burst(port_.id(), queue, port_.pool());
    return Sender<Frames, MbufBurst>(frames, burst, plan, counters_[queue]).run(stop);
}

SendEnd Generator::send(uint16_t queue, const std::atomic<bool>& stop) {
    if (queue < options_.cores.size()) pin_to(options_.cores[queue]);
    drivers::Eal::register_thread();
    return captures_.empty() ? send_frames(flows_[queue], queue, stop)
                             : send_frames(captures_[queue], queue, stop);
}

base::Status Generator::run(const std::atomic<bool>& stop, const std::function<void()>& progress) {
    if (auto status = port_.wait_for_link(stop); !status) return status;
    std::atomic<uint16_t> running{options_.queues};
    std::atomic<bool> is_stuck{false};
    std::vector<std::thread> threads;
    for (uint16_t queue = 0; queue < options_.queues; queue++)
        threads.emplace_back([&, queue] {
            if (send(queue, stop) == SendEnd::nobody_takes) is_stuck = true;
            running--;
        });
    while (running > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        progress();
    }
    for (std::thread& thread : threads) thread.join();
    port_.linger();
    if (is_stuck) return base::Error{"the port has taken no packet for 5 s: is its receiver gone?"};
    return base::Ok{};
}

GeneratorReport Generator::report() const {
    constexpr auto relaxed = std::memory_order_relaxed;
    GeneratorReport report;
    uint64_t start = UINT64_MAX, end = 0;
    for (uint16_t queue = 0; queue < options_.queues; queue++) {
        const SendCounters& counters = counters_[queue];
        report.packets += counters.packets.load(relaxed);
        report.frame_bytes += counters.frame_bytes.load(relaxed);
        report.refused += counters.refused.load(relaxed);
        report.late += counters.late.load(relaxed);
        report.flows += counters.flows.load(relaxed);
        const uint64_t began = counters.start_tsc.load(relaxed);
        if (began == 0) continue;
        const uint64_t ended = counters.end_tsc.load(relaxed);
        start = std::min(start, began);
        end = std::max(end, ended != 0 ? ended : uint64_t{__rdtsc()});
    }
    if (end > start) report.seconds = static_cast<double>(end - start) / ticks_per_s_;
    return report;
}

}  // namespace baleen::gen
