// The output side of the capture: sealed chunks become files of packets, in a folder.
//
// Everything here runs in a writer's thread. It may wait for the system, but workers never wait for
// it: their chunks come back when they are written.
//
// What is safe: a chunk that take_done() gives back has been written to its file, which a killed
// process does not take along. Once a second, and when a file is closed, it is told to the disk
// (fdatasync): that much a loss of power may cost.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataplane/capture/file_series.h"

namespace baleen::capture {

class Output {
public:
    // settings.directory is made if it is not there. A device (/dev/null) takes everything and
    // keeps nothing, which measures all but the disk.
    static base::Result<std::unique_ptr<Output>> create(const OutputSettings& settings,
                                                        const Interfaces& interfaces,
                                                        SectionFacts facts);

    // Whether another chunk may be submitted now.
    bool has_room() const { return entries_.size() < entries_max; }
    // Its memory stays untouched until it comes back by take_done().
    void submit(const SealedChunk& chunk);
    // Chunks that are done, in the order they were submitted. Not written: given up, by abort().
    bool take_done(SealedChunk& chunk, bool& written);

    // Starts writes, and looks after those that were. Any clock that does not go back.
    void poll(int64_t now_ns);
    // Until something completes, at most so long.
    void wait(std::chrono::microseconds longest) { shared_.ring.wait(longest); }
    // The disk refuses or does not answer; chunks are kept and tried again.
    bool is_failing() const;

    // No more will come: what there is is written, then files are closed.
    void finish();
    bool is_idle() const;
    // Gives up what is not written, at once.
    void abort();

    // Sentences for the user, since the last call.
    std::vector<std::string> take_notices();
    const OutputTotals& totals() const { return shared_.totals; }

private:
    struct Entry {
        SealedChunk chunk;
        uint32_t pending = 0;  // pieces not yet done
        bool is_prepared = false;
        bool is_given_up = false;
        AlignedBytes stage;
    };

    Output(const OutputSettings& settings, const Interfaces& interfaces, SectionFacts facts,
           bool is_device);
    void reap();
    void prepare(Entry& entry);
    void push(Entry& entry, FileSeries& series, std::span<const uint8_t> bytes, uint32_t packets);
    FileSeries& series_of(std::optional<packet::LinkType> link);
    AlignedBytes take_stage();
    bool has_in_flight() const;

    static constexpr size_t entries_max = 16;
    // Compressing one takes 1 or 2 ms, for which poll() keeps its caller.
    static constexpr uint32_t staged_per_poll = 2;

    OutputShared shared_;
    std::deque<Entry> entries_;
    std::vector<std::unique_ptr<FileSeries>> series_;
    std::vector<AlignedBytes> stages_;  // not in use
    bool is_finishing_ = false;
};

}  // namespace baleen::capture
