// Takes packets out of the history and makes chunks of them, to be written like others.
//
// Owns: searches that are under way, of rules and of triggers. Each step looks through one chunk
// and is taken up where it ended, so that the writer gets on with its other work in between.
// Must hold: a packet is written once, whatever wants it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/capture/chunk_stream.h"
#include "dataplane/capture/flow_trigger.h"
#include "dataplane/capture/history.h"
#include "dataplane/capture/interfaces.h"
#include "dataplane/capture/trigger.h"
#include "dataplane/counters.h"

namespace baleen::capture {

class Past {
public:
    // `worker`: a number that no worker has, for the chunks made.
    static base::Result<std::unique_ptr<Past>> create(uint32_t worker, bool comments,
                                                      const Interfaces& interfaces,
                                                      dataplane::Counters& counters);

    // A rule has chosen a flow of this history.
    void add(History& history, const FlowTrigger& trigger);
    // `end_ns`: of the clock of step(), when all that it wants has come.
    void add(std::shared_ptr<const Trigger> trigger, std::vector<History>& histories,
             int64_t end_ns);

    // One step of the search that waits longest. False: there is nothing to do for now.
    bool step(std::vector<History>& histories, int64_t now_ns);
    // No further packet comes: searches end when they have seen all.
    bool is_idle() const { return chains_.empty() && searches_.empty(); }
    void end();

    ChunkPool& pool() { return *pool_; }
    ChunkStream& stream() { return stream_; }
    std::vector<std::string> take_notices() { return std::exchange(notices_, {}); }

private:
    // A flow's chunks, the next one to be looked at last.
    struct Chain {
        History* history;
        uint64_t flow_id;
        std::vector<std::pair<uint64_t, uint32_t>>
            chunks;           // sequence, and packets of it that count
        FlowTrigger pending;  // where its newest chunk has not come yet
        bool is_known;        // `chunks` has been made
    };
    struct Search {
        std::shared_ptr<const Trigger> trigger;
        std::vector<uint64_t> next;  // chunk of each history
        int64_t end_ns;              // of the clock of `now_ns`
        uint64_t packets = 0;
        uint64_t missed_chunks = 0;  // recycled before they were looked at
        int64_t earliest_ns = INT64_MAX;
    };

    Past(std::unique_ptr<ChunkPool> pool, bool comments, const Interfaces& interfaces,
         dataplane::Counters& counters);
    bool has_room() const { return pool_->free_count() >= 2; }
    bool step_chain();
    void follow(Chain& chain);
    bool step_search(std::vector<History>& histories, int64_t now_ns);
    void search_chunk(Search& search, SealedChunk& chunk);
    void finish(Search& search);
    void take(SealedChunk& chunk, const packets::PacketView& packet, uint64_t flow_id);

    std::unique_ptr<ChunkPool> pool_;
    ChunkStream stream_;
    const bool comments_;
    const Interfaces& interfaces_;
    dataplane::Counters& counters_;
    std::deque<Chain> chains_;
    std::deque<Search> searches_;
    bool is_ended_ = false;
    std::vector<std::string> notices_;
};

}  // namespace baleen::capture
