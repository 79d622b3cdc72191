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
    BALEEN_ASSERT(ended_count(settings) + settings.flow_count < uint64_t{1} << 31);
    BALEEN_ASSERT(settings.network < 16);
    for (const uint16_t size : settings.sizes)
        BALEEN_ASSERT(size >= synth_size_min && size <= synth_size_max);
    auto memory = base::HugeMemory::allocate(size_t{slot_count} * slot_bytes);
    if (!memory) return memory.error();
    return SynthSource(settings, std::move(*memory));
}

uint64_t SynthSource::ended_count(const SynthSettings& settings) {
    return static_cast<uint64_t>(static_cast<double>(settings.new_flows_per_s) *
                                 static_cast<double>(settings.ended_ns) / 1e9);
}

SynthSource::SynthSource(const SynthSettings& settings, base::HugeMemory memory)
    : settings_(settings),
      ended_count_(static_cast<uint32_t>(ended_count(settings))),
      order_(settings.seed, settings.flow_count),
      opening_count_(settings.new_flows_per_s == 0 ? 0 : ended_count_ + settings.flow_count),
      opening_order_(settings.seed, std::max(1u, opening_count_)),
      memory_(std::move(memory)),
      slots_(static_cast<uint8_t*>(memory_.data())),
      step_(step_of(settings.packets_per_s)),
      clock_ns_(start_ns) {
    for (uint32_t slot = 0; slot < slot_count; slot++)
        write_synth_ethernet(slots_ + size_t{slot} * slot_bytes);
    if (opening_count_ > 0) {
        opening_step_ = steps_per_ns * static_cast<uint64_t>(settings.ended_ns) / opening_count_;
        births_per_round_ = static_cast<double>(settings.new_flows_per_s) * settings.flow_count /
                            static_cast<double>(settings.packets_per_s);
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
    // The second half of the opening has a pace of its own, which no burst shares with another.
    const bool is_opening = handed_out_ < opening_packets();
    const bool is_second_half = is_opening && handed_out_ >= opening_count_;
    if (is_opening)
        count = static_cast<uint32_t>(std::min<uint64_t>(
            count, (is_second_half ? opening_packets() : opening_count_) - handed_out_));
    const uint64_t step = is_second_half ? opening_step_ : step_;
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
    while (count > 0 && filled_ < opening_packets()) [[unlikely]] count -= fill_opening(count);
    while (count > 0) count -= fill_round(count);
}

uint32_t SynthSource::fill_opening(uint32_t count) {
    if (opening_order_.round_is_over()) opening_order_.begin_next_round();
    std::array<uint32_t, filled_ahead> places;
    std::array<uint64_t, filled_ahead> ids;
    count = opening_order_.take(places.data(), std::min(count, filled_ahead));
    std::copy_n(places.begin(), count, ids.begin());
    // A late flow's numbers are one higher, and the first round leaves it out.
    const uint64_t number = opening_order_.round();
    const uint64_t syn_from = number == 0 ? 0 : UINT64_MAX;
    const Round early = {number, {syn_from, syn_from}, {0, 0}};
    const Round late = {number + 1, {syn_from, syn_from}, {0, 0}};
    for (uint32_t i = 0; i < count; i++)
        write({&ids[i], 1}, synth_is_late(ids[i]) != 0 ? late : early);
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
    if (order_.round() == 0) [[unlikely]]
        count = static_cast<uint32_t>(
            std::remove_if(ids.begin(), ids.begin() + count, synth_is_late) - ids.begin());
    write({ids.data(), count}, round_);
    return count;
}

// What is the same for many packets is made a constant of the loop.
void SynthSource::write(std::span<const uint64_t> ids, const Round& of) {
    return has_one_size_ ? write<true>(ids, of) : write<false>(ids, of);
}

template <bool one_size>
void SynthSource::write(std::span<const uint64_t> ids, Round of) {
    // Copies: for all that the compiler knows the frames could be ours.
    const synth::Round round(of.number, settings_.network);
    const auto sizes = sizes_;
    uint8_t* const slots = slots_;
    uint16_t* const lengths = lengths_.data();
    auto slot = static_cast<uint32_t>(filled_ % slot_count);
    for (const uint64_t id : ids) {
        // By the flow, so that its packets are all of one size and sequence numbers add up.
        const uint64_t twelfth = one_size ? 0 : (synth::scattered(id) >> 32) * sizes.size() >> 32;
        const synth::Length& length = sizes[twelfth];
        uint8_t* const frame = slots + size_t{slot} * slot_bytes;
        write_synth_data(frame, id, round, length);
        lengths[slot] = static_cast<uint16_t>(length.captured);
        const uint64_t late = synth_is_late(id);
        if (id >= of.opening_from[late] && synth_is_tcp(id)) [[unlikely]] {
            turn_into_opening(frame, id >= of.syn_from[late], length);
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
    // Flows that the opening has shown have had their handshake there; others have it in the first
    // rounds, late ones a round later.
    const uint64_t born_from = ended_count_ + count + born_before(std::max<uint64_t>(1, round) - 1);
    const bool had_opening = opening_count_ > 0;
    const auto last_syn_from = round_.syn_from;
    round_.number = round + (had_opening ? 2 : 0);
    for (const uint64_t late : {0, 1}) {
        round_.syn_from[late] = round == late && !had_opening ? 0 : born_from;
        round_.opening_from[late] = round == 0
                                        ? round_.syn_from[late]
                                        : std::min(round_.syn_from[late], last_syn_from[late]);
    }
}

}  // namespace baleen::drivers
