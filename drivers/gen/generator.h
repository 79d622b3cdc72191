// The generator: one port, a thread for each of its queues, frames of flows or of a capture.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "drivers/ethdev/eal.h"
#include "drivers/ethdev/transmit_port.h"
#include "drivers/gen/capture_frames.h"
#include "drivers/gen/sender.h"
#include "drivers/gen/synthetic_frames.h"

namespace baleen::gen {

struct GeneratorOptions {
    std::string device;
    uint16_t queues = 1;
    std::vector<uint32_t> cores;  // of the queues' threads in order; further ones run anywhere
    SyntheticOptions synthetic;   // flows: of all queues together
    double new_flows_per_s = 0;
    std::vector<std::string> captures;  // not empty: these are sent
    std::vector<Prefix> prefixes;
    Rate rate;
    uint64_t packets = 0;  // 0: no limit; of a capture without limit of time: one pass
    double seconds = 0;    // 0: no limit
};

// Sums over all queues.
struct GeneratorReport {
    uint64_t packets = 0;
    uint64_t frame_bytes = 0;
    uint64_t refused = 0, late = 0;
    uint64_t flows = 0;
    double seconds = 0;  // from the first packet of any queue to the last one

    uint64_t offered() const { return packets + refused + late; }
    double packets_per_s() const {
        return seconds > 0 ? static_cast<double>(packets) / seconds : 0;
    }
    double mean_frame_bytes() const {
        return packets > 0 ? static_cast<double>(frame_bytes) / static_cast<double>(packets) : 0;
    }
};

class Generator {
public:
    static base::Result<Generator> open(const GeneratorOptions& options,
                                        std::vector<std::string>& notices);

    // Sends until done or `stop`; `progress` is called several times a second by this thread.
    base::Status run(const std::atomic<bool>& stop, const std::function<void()>& progress);
    GeneratorReport report() const;
    // Packets a second that are asked for; 0: as fast as it goes.
    double packets_per_s_asked() const { return packets_per_s_; }

private:
    Generator(drivers::Eal eal, drivers::TransmitPort port)
        : eal_(std::move(eal)), port_(std::move(port)) {}
    base::Status make_frames(std::vector<std::string>& notices);
    SendEnd send(uint16_t queue, const std::atomic<bool>& stop);
    SendPlan plan_of(uint16_t queue) const;
    template <class Frames>
    SendEnd send_frames(Frames& frames, uint16_t queue, const std::atomic<bool>& stop);

    // In this order: the port is closed before DPDK ends.
    drivers::Eal eal_;
    drivers::TransmitPort port_;
    GeneratorOptions options_;
    double ticks_per_s_ = 0;
    double packets_per_s_ = 0;
    std::vector<CaptureFrames> captures_;  // one per queue, or none
    std::vector<SyntheticFrames> flows_;
    std::unique_ptr<SendCounters[]> counters_;
};

}  // namespace baleen::gen
