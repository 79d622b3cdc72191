// Generated packets out of memory: as many flows as wanted, visited at random, at no wire's speed.
//
// Owns: a ring of frame buffers, which it fills as an ideal NIC would by DMA with direct cache
// access: headers are written some hundred packets before they are handed out, so that they are
// complete and lie in L2 when the worker comes, and never cost it a DRAM access.
// Its own cost is part of what a worker that runs on it measures; measure it apart (a loop of
// receive() and release()).
//
// Rounds: each visits every flow alive once, in an order of its own (flow_order.h). New flows: the
// flows alive are those with numbers [b, b + flow_count), and b grows from round to round by as
// many as are born in the time that a round takes; their first packets are spread over it. Those
// that dropped out are never heard of again and end by idle timeout. Time: a packet every 1 / rate
// seconds; it is the packets' own time, whatever the speed at which they are taken.
//
// A packet that goes the way of its flow's first one and one that goes against it may cost a table
// differently. So that there are both at any time, every second pair of the flows that are there
// from the beginning is left out of the first round.
//
// With new flows there is an opening before the first round: all flows that have ended in the last
// `ended_ns` and all that are alive, first at once, in random order, then each once more, in
// another order and spread over just that time. So from the first round on as many time out as
// begin, all over the table: if flows lay in it in the order in which they end, a sweep would meet
// them all together and then none for a while.
//
// Must hold: the same settings give the same packets, byte for byte.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/huge_memory.h"
#include "base/result.h"
#include "drivers/source.h"
#include "drivers/synth/flow_order.h"
#include "drivers/synth/synth_frame.h"

namespace baleen::drivers {

// Lengths on the wire, frame checksum included, in twelfths of the flows.
using SynthSizes = std::array<uint16_t, 12>;

struct SynthSettings {
    uint64_t seed = 1;
    uint32_t flow_count = 1'000'000;
    uint64_t new_flows_per_s = 0;         // at most half of packets_per_s
    uint64_t packets_per_s = 14'880'952;  // 64-byte frames on 10 Gbit/s
    int64_t ended_ns = 0;                 // how long flows that have ended are still in the table
    SynthSizes sizes{};
    uint8_t network = 0;  // 0 ... 15: sources with different ones have no flow in common
};

class SynthSource {
public:
    // Slots in all; how far ahead of handing out they are filled. 64-byte frames take 1024 lines of
    // 64 bytes: 64 KiB, twice an L1d, a sixteenth of an L2.
    static constexpr uint32_t slot_count = 1024;
    static constexpr uint32_t filled_ahead = 512;
    // A slot is written again when so many packets have been handed out after it.
    static constexpr uint32_t held_max = slot_count - filled_ahead - limits::lane_count;

    static base::Result<SynthSource> create(const SynthSettings& settings);

    void receive(packet::Batch& batch, uint32_t limit);
    void release(packet::Batch& batch) { released_ += batch.count; }
    int64_t clock_ns() const { return clock_ns_; }
    void stop() { stopped_ = true; }
    bool exhausted() const { return stopped_; }
    bool must_quiesce() const { return false; }

    uint64_t packets() const { return handed_out_; }
    // So many packets bring every flow into the table, and TCP behind its handshake and the first
    // data of either side.
    uint64_t warm_up_packets() const {
        return opening_packets() + (opening_count_ > 0 ? 1ull : 6ull) * settings_.flow_count;
    }
    // Flows that have ended and wait for their timeout.
    uint64_t ended_count() const { return ended_count_; }
    uint64_t opening_packets() const { return 2ull * opening_count_; }

private:
    // TCP flows with numbers from syn_from on send their first packet in this round, others from
    // opening_from on their second. Index 1: late flows.
    struct Round {
        uint64_t number;
        std::array<uint64_t, 2> syn_from, opening_from;
    };

    static uint64_t ended_count(const SynthSettings& settings);
    SynthSource(const SynthSettings& settings, base::HugeMemory memory);

    void fill(uint32_t count);
    uint32_t fill_opening(uint32_t count);
    uint32_t fill_round(uint32_t count);
    void write(std::span<const uint64_t> ids, const Round& of);
    template <bool one_size>
    void write(std::span<const uint64_t> ids, Round of);
    void begin_round();

    SynthSettings settings_;
    uint32_t ended_count_;
    FlowOrder order_;
    uint32_t opening_count_;
    FlowOrder opening_order_;
    std::array<synth::Length, 12> sizes_;
    bool has_one_size_ = false;
    base::HugeMemory memory_;
    uint8_t* slots_;
    std::array<uint16_t, slot_count> lengths_{};

    uint64_t opening_step_ =
        0;               // between packets, in 1/1024 ns: in the second half of the opening,
    uint64_t step_ = 0;  // and otherwise
    double births_per_round_ = 0;

    // The flow at place i of this round is laps_[i < lap_place_ ? 1 : 0] + i.
    std::array<uint64_t, 2> laps_{};
    uint32_t lap_place_ = 0;
    Round round_{};

    uint64_t filled_ = 0;
    uint64_t handed_out_ = 0;
    uint64_t released_ = 0;
    uint64_t time_ = 0;  // of the next packet to be handed out, since the start, in 1/1024 ns
    int64_t clock_ns_ = 0;
    bool stopped_ = false;
};

static_assert(PacketSource<SynthSource>);

}  // namespace baleen::drivers
