#include "drivers/synth/capture_loop.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace baleen::drivers {

base::Result<CaptureMemory> CaptureMemory::create() {
    // Reserved only; pages come as they are filled.
    auto memory = base::HugeMemory::allocate(bytes_max);
    if (!memory) return memory.error();
    return CaptureMemory(std::move(*memory));
}

bool CaptureMemory::add(const packet::Packet& packet) {
    constexpr size_t line_bytes = 64;
    const size_t bytes = (packet.captured_length + line_bytes - 1) & ~(line_bytes - 1);
    if (packets_.size() == packets_max || bytes > bytes_max - used_bytes_) return false;
    uint8_t* to = static_cast<uint8_t*>(memory_.data()) + used_bytes_;
    std::memcpy(to, packet.data, packet.captured_length);
    used_bytes_ += bytes;
    const int64_t step_ns = packets_.empty() ? 0 : packet.time_ns - last_ns_;
    if (std::abs(step_ns) > SourceClock::reorder_ns) shift_ns_ += SourceClock::reorder_ns - step_ns;
    last_ns_ = packet.time_ns;
    packets_.push_back(packet);
    packets_.back().data = to;
    packets_.back().time_ns += shift_ns_;
    return true;
}

CaptureLoop::CaptureLoop(std::vector<packet::Packet> packets, int64_t pause_ns)
    : packets_(std::move(packets)) {
    BALEEN_ASSERT(!packets_.empty());
    const auto by_time = [](const packet::Packet& a, const packet::Packet& b) {
        return a.time_ns < b.time_ns;
    };
    const auto [first, last] = std::minmax_element(packets_.begin(), packets_.end(), by_time);
    // The gap between two rounds is that between two packets on average.
    const int64_t lasts_ns = last->time_ns - first->time_ns;
    round_ns_ = lasts_ns + std::max<int64_t>(1, lasts_ns / static_cast<int64_t>(packets_.size())) +
                pause_ns;
}

void CaptureLoop::receive(packet::Batch& batch, uint32_t limit) {
    batch.count = stopped_ ? 0 : std::min(limit, limits::lane_count);
    // Memory is read in order, but packets are strides of their own length: asked for as the replay
    // source does, some packets ahead.
    constexpr size_t lookahead = 16;
    for (uint32_t lane = 0; lane < batch.count; lane++) {
        packet::Packet& packet = batch.packets[lane];
        packet = packets_[next_];
        __builtin_prefetch(packets_[std::min(next_ + lookahead, packets_.size() - 1)].data);
        packet.time_ns += offset_ns_;
        packet.clock_ns = clock_.advance(packet.time_ns);
        if (++next_ == packets_.size()) [[unlikely]] {
            next_ = 0;
            offset_ns_ += round_ns_;
        }
    }
    handed_out_ += batch.count;
}

}  // namespace baleen::drivers
