#include "drivers/synth/synth_source.h"

#include <algorithm>

namespace baleen::drivers {
namespace {

// As far apart as packet buffers of a pool: room for 1518 bytes, and an odd number of lines, so
// that the first lines of the slots spread over all sets of a cache.
constexpr uint32_t slot_bytes = 35 * 64;
constexpr uint64_t steps_per_ns = 1024;
constexpr uint64_t start_ns = 1'700'000'000ull * 1'000'000'000;

uint64_t step_of(uint64_t per_s) { return 1'000'000'000 * steps_per_ns / per_s; }

}  // namespace

base::Result<SynthSource> SynthSource::create(const SynthSettings& settings) {
    BALEEN_ASSERT(settings.flow_count >= 1 && settings.packets_per_s >= 1);
    BALEEN_ASSERT(settings.new_flows_per_s <= settings.packets_per_s / 2);
    BALEEN_ASSERT(settings.network < 16);
    for (const uint16_t size : settings.sizes)
        BALEEN_ASSERT(size >= synth_size_min && size <= synth_size_max);
    auto memory = base::HugeMemory::allocate(size_t{slot_count} * slot_bytes);
    if (!memory) return memory.error();
    return SynthSource(settings, std::move(*memory));
}

SynthSource::SynthSource(const SynthSettings& settings, base::HugeMemory memory)
    : settings_(settings),
      order_(settings.seed, settings.flow_count),
      memory_(std::move(memory)),
      slots_(static_cast<uint8_t*>(memory_.data())),
      step_(step_of(settings.packets_per_s)),
      clock_ns_(start_ns) {
    for (uint32_t slot = 0; slot < slot_count; slot++)
        write_synth_ethernet(slots_ + size_t{slot} * slot_bytes);
    if (settings.new_flows_per_s > 0) {
        const auto per_s = static_cast<double>(settings.new_flows_per_s);
        ended_count_ = static_cast<uint64_t>(per_s * static_cast<double>(settings.ended_ns) / 1e9);
        ended_step_ = step_of(settings.new_flows_per_s);
        births_per_round_ =
            per_s * settings.flow_count / static_cast<double>(settings.packets_per_s);
    }
    for (size_t i = 0; i < sizes_.size(); i++)
        sizes_[i] = synth::Length(settings.sizes[i] - synth_checksum_bytes);
    has_one_size_ = std::ranges::all_of(settings.sizes,
                                        [&](uint16_t size) { return size == settings.sizes[0]; });
    begin_round();
    fill(filled_ahead);
}

void SynthSource::receive(packet::Batch& batch, uint32_t limit) {
    BALEEN_ASSERT(handed_out_ - released_ <= held_max);
    uint32_t count = stopped_ ? 0 : std::min(limit, limits::lane_count);
    // Flows that have ended come at a pace of their own, which no burst shares with another.
    const uint64_t ended_left = ended_count_ - std::min(ended_count_, handed_out_);
    if (ended_left > 0) count = static_cast<uint32_t>(std::min<uint64_t>(count, ended_left));
    const uint64_t step = ended_left > 0 ? ended_step_ : step_;
    const uint8_t* const slots = slots_;
    const uint16_t* const lengths = lengths_.data();
    auto slot = static_cast<uint32_t>(handed_out_ % slot_count);
    uint64_t time = time_;
    for (uint32_t lane = 0; lane < count; lane++) {
        const uint8_t* data = slots + size_t{slot} * slot_bytes;
        __builtin_prefetch(data);  // from L2, as drivers do
        packet::Packet& packet = batch.packets[lane];
        packet.data = data;
        packet.captured_length = packet.wire_length = lengths[slot];
        packet.time_ns = packet.clock_ns = static_cast<int64_t>(start_ns + time / steps_per_ns);
        packet.link = packet::LinkType::ethernet;
        packet.port_index = 0;
        packet.checksums = packet::checksum_ip_known | packet::checksum_l4_known;
        time += step;
        slot = (slot + 1) % slot_count;
    }
    batch.count = count;
    if (count > 0) clock_ns_ = batch.packets[count - 1].clock_ns;
    time_ = time;
    handed_out_ += count;
    fill(count);
}

void SynthSource::fill(uint32_t count) {
    if (filled_ < ended_count_) [[unlikely]]
        count -= fill_ended(count);
    while (count > 0) count -= fill_round(count);
}

uint32_t SynthSource::fill_ended(uint32_t count) {
    count = static_cast<uint32_t>(std::min<uint64_t>(count, ended_count_ - filled_));
    std::array<uint64_t, filled_ahead> ids;
    for (uint32_t i = 0; i < count; i++) ids[i] = filled_ + i;
    write({ids.data(), count});
    return count;
}

uint32_t SynthSource::fill_round(uint32_t count) {
    if (order_.round_is_over()) {
        order_.begin_next_round();
        begin_round();
    }
    std::array<uint32_t, filled_ahead> places;
    std::array<uint64_t, filled_ahead> ids;
    count = order_.take(places.data(), std::min(count, filled_ahead));
    const uint64_t lap = laps_[0], lap_before = laps_[1];
    const uint32_t lap_place = lap_place_;
    for (uint32_t i = 0; i < count; i++)
        ids[i] = (places[i] < lap_place ? lap_before : lap) + places[i];
    write({ids.data(), count});
    return count;
}

// What is the same for many packets is made a constant of the loop.
void SynthSource::write(std::span<const uint64_t> ids) {
    const bool forward = order_.round() % 2 == 0;
    if (has_one_size_) return forward ? write<true, true>(ids) : write<false, true>(ids);
    return forward ? write<true, false>(ids) : write<false, false>(ids);
}

template <bool forward, bool one_size>
void SynthSource::write(std::span<const uint64_t> ids) {
    // Copies: for all that the compiler knows the frames could be ours.
    const synth::Round round(order_.round(), settings_.network);
    const auto sizes = sizes_;
    const uint64_t syn_ack_from = syn_ack_from_;
    uint8_t* const slots = slots_;
    uint16_t* const lengths = lengths_.data();
    auto slot = static_cast<uint32_t>(filled_ % slot_count);
    for (const uint64_t id : ids) {
        // By the flow, so that its packets are all of one size and sequence numbers add up.
        const uint64_t twelfth = one_size ? 0 : (synth::scattered(id) >> 32) * sizes.size() >> 32;
        const synth::Length& length = sizes[twelfth];
        uint8_t* const frame = slots + size_t{slot} * slot_bytes;
        write_synth_data<forward>(frame, id, round, length);
        lengths[slot] = static_cast<uint16_t>(length.captured);
        if (id >= syn_ack_from && synth_is_tcp(id)) [[unlikely]] {
            turn_into_opening(frame, id >= syn_from_, length);
            lengths[slot] = synth_captured_min;
        }
        slot = (slot + 1) % slot_count;
    }
    filled_ += ids.size();
}

// The window of flows alive moves by whole rounds, so that a flow has as many packets as rounds.
void SynthSource::begin_round() {
    const auto born_before = [&](uint64_t round) {
        return static_cast<uint64_t>(births_per_round_ * static_cast<double>(round));
    };
    const uint64_t round = order_.round();
    const uint64_t count = settings_.flow_count;
    const uint64_t first = ended_count_ + born_before(round);
    lap_place_ = static_cast<uint32_t>(first % count);
    laps_ = {first - lap_place_, first - lap_place_ + count};
    syn_ack_from_ = syn_from_;
    syn_from_ = round == 0 ? 0 : ended_count_ + born_before(round - 1) + count;
}

}  // namespace baleen::drivers
