// Where Hyperscan keeps the state of open streams: blocks of a pool instead of the heap.
//
// Why a thread's own variable: hs_set_stream_allocator() takes two functions without a context, for
// the whole process. Each worker says which pool they mean while it calls Hyperscan.
#pragma once

#include "dataplane/stream/block_pool.h"

namespace baleen::match {

using stream::BlockPool;

class StreamMemory {
public:
    explicit StreamMemory(BlockPool pool) : pool_(std::move(pool)) {}

    // The calling thread's Hyperscan opens and closes streams in `memory` as long as this lives.
    class Use {
    public:
        explicit Use(StreamMemory& memory);
        ~Use();
        Use(const Use&) = delete;
    };

    uint32_t in_use() const { return pool_.in_use(); }

    // For hs_set_stream_allocator(); before any other thread runs.
    static void install();

private:
    static void* take(size_t bytes);
    static void give_back(void* block);
    BlockPool pool_;
};

}  // namespace baleen::match
