// One worker under measurement, with all that belongs to it: source, flow table, ring and its
// reader, and the limits to hold it against, a bare source and a block of memory.
//
// Time is cut into slices, in which one contender runs alone: the worker, the worker watched, the
// memory floor, the bare receive loop. A slice begins with a part that is not counted, in which
// caches fill up with what this contender needs.
//
// Who reads the ring: this thread, between two chunks of polls and outside of the clock. Why: a
// reader on another core would be measured along with whatever else that core does, and where there
// is no other core it would take the worker's.
#pragma once

#include <sys/resource.h>
#include <x86intrin.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "baleen/ring_reader.h"
#include "dataplane/worker.h"
#include "measure/memory_floor.h"
#include "measure/stage_times.h"

namespace baleen::measure {

struct Slice {
    uint64_t packets = 0;
    uint64_t ticks = 0;
    uint64_t preemptions = 0;  // times that another thread got this one's core
    // Packets per tick of the chunk in the middle: a core that is taken away now and then, by
    // another thread or by the host of a virtual machine, does not show in it.
    double rate = 0;
};

struct LaneSettings {
    dataplane::WorkerSettings worker;
    uint64_t ring_bytes = 64 << 20;
    uint32_t index = 0;
    uint32_t count = 1;
};

template <drivers::PacketSource Source>
class Lane {
public:
    // `source` and `bare` are alike; neither sees the other's packets.
    static base::Result<std::unique_ptr<Lane>> create(const LaneSettings& settings, Source source,
                                                      Source bare) {
        auto memory = dataplane::StageMemory::create(settings.worker);
        if (!memory) return memory.error();
        auto ring = ring::create_ring(settings.ring_bytes, 1, settings.index, settings.count);
        if (!ring) return ring.error();
        auto floor =
            MemoryFloor::create(flow::FlowTable::memory_bytes(settings.worker.flow.flow_count_max));
        if (!floor) return floor.error();
        return std::unique_ptr<Lane>(new Lane(settings, std::move(source), std::move(bare),
                                              std::move(*memory), std::move(*ring),
                                              std::move(*floor)));
    }

    void warm_up() {
        const uint64_t enough = worker_.source().warm_up_packets();
        while (worker_.source().packets() < enough) {
            run_polls();
            drain_ring();
        }
        // As many touches for the floor: on a virtual machine memory that is new to it is slow to
        // touch for a while, even behind the first write (80 times slower was seen, for the first
        // million packets on 5 GB).
        for (uint64_t packets = 0; packets < enough; packets += limits::lane_count)
            floor_.touch_burst();
        warm_packets_ = counted(stats::Counter::received_packets);
        warm_bytes_ = counted(stats::Counter::received_bytes);
    }

    Slice pipeline(uint64_t ticks) {
        return timed(ticks, [this] { return run_polls(); });
    }

    Slice watched(uint64_t ticks) {
        return timed(ticks, [this] {
            const uint64_t before = worker_.source().packets();
            for (uint32_t poll = 0; poll < polls_per_chunk; poll++) {
                const uint64_t polled = worker_.source().packets();
                times_.begin_poll();
                worker_.poll_once(times_);
                times_.end_poll(worker_.source().packets() - polled);
            }
            return worker_.source().packets() - before;
        });
    }

    Slice floor(uint64_t ticks) {
        return timed(ticks, [this] {
            for (uint32_t burst = 0; burst < polls_per_chunk; burst++) floor_.touch_burst();
            return uint64_t{polls_per_chunk} * limits::lane_count;
        });
    }

    Slice bare_receive(uint64_t ticks) {
        return timed(ticks, [this] {
            const uint64_t before = bare_.packets();
            for (uint32_t poll = 0; poll < polls_per_chunk; poll++) {
                bare_.receive(*bare_batch_, limits::lane_count);
                bare_.release(*bare_batch_);
            }
            return bare_.packets() - before;
        });
    }

    const StageTimes& times() const { return times_; }
    const stats::WorkerStats& stats() const { return *stats_; }
    // Since it is warm: handshakes, which are short, came before.
    uint64_t packets() const { return counted(stats::Counter::received_packets) - warm_packets_; }
    uint64_t bytes() const { return counted(stats::Counter::received_bytes) - warm_bytes_; }

private:
    // 4096 packets, a quarter of a millisecond: two readings of the clock are nothing beside it,
    // and what it tells is a tenth of the ring: 64 x (2 x 64 + 256) records of 224 bytes.
    static constexpr uint32_t polls_per_chunk = 64;

    Lane(const LaneSettings& settings, Source source, Source bare, dataplane::StageMemory memory,
         ring::NewRing ring, MemoryFloor floor)
        : ring_(std::move(ring)),
          reader_(ring::Reader::open(ring_.fd.get())),
          stats_(std::make_unique<stats::WorkerStats>()),
          worker_(std::move(source), settings.worker, everything_, std::move(memory),
                  ring::Writer(ring_.view), *stats_),
          bare_(std::move(bare)),
          bare_batch_(std::make_unique<packet::Batch>()),
          floor_(std::move(floor)) {}

    uint64_t run_polls() {
        const uint64_t before = worker_.source().packets();
        for (uint32_t poll = 0; poll < polls_per_chunk; poll++) worker_.poll_once();
        return worker_.source().packets() - before;
    }

    uint64_t counted(stats::Counter which) const {
        return stats_->counters[static_cast<size_t>(which)].load(std::memory_order_relaxed);
    }

    void drain_ring() {
        ring::Frame frame;
        uint64_t frames = 0;
        while (reader_.next(frame)) frames++;
        reader_.release(frames);
    }

    static uint64_t preemptions() {
        rusage usage{};
        ::getrusage(RUSAGE_THREAD, &usage);
        return static_cast<uint64_t>(usage.ru_nivcsw);
    }

    // `ticks` of chunks, after a quarter of that for nothing.
    template <class Chunk>
    Slice timed(uint64_t ticks, Chunk chunk) {
        for (const uint64_t begun = __rdtsc(); __rdtsc() - begun < ticks / 4;) {
            chunk();
            drain_ring();
        }
        Slice slice;
        rates_.clear();
        const uint64_t preempted = preemptions();
        while (slice.ticks < ticks) {
            _mm_lfence();  // what was before has come to its end
            const uint64_t begun = __rdtsc();
            const uint64_t packets = chunk();
            _mm_lfence();
            const uint64_t took = __rdtsc() - begun;
            slice.packets += packets;
            slice.ticks += took;
            rates_.push_back(static_cast<double>(packets) / static_cast<double>(took));
            drain_ring();
        }
        slice.preemptions = preemptions() - preempted;
        const auto middle = rates_.begin() + static_cast<ptrdiff_t>(rates_.size() / 2);
        std::nth_element(rates_.begin(), middle, rates_.end());
        slice.rate = *middle;
        return slice;
    }

    dataplane::FilterJit everything_;
    ring::NewRing ring_;
    ring::Reader reader_;
    std::unique_ptr<stats::WorkerStats> stats_;
    dataplane::Worker<Source> worker_;
    Source bare_;
    std::unique_ptr<packet::Batch> bare_batch_;
    MemoryFloor floor_;
    StageTimes times_;
    uint64_t warm_packets_ = 0;
    uint64_t warm_bytes_ = 0;
    std::vector<double> rates_;  // of a slice's chunks
};

}  // namespace baleen::measure
