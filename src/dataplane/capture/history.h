// The packets of the last seconds or minutes of one worker: the newest chunks, in order.
//
// Owns: which chunks are kept and which go back to the worker. The present goes first: when the
// worker needs chunks the oldest go, whoever is searching them.
#pragma once

#include <cstdint>
#include <deque>

#include "dataplane/capture/chunk_pool.h"

namespace baleen::capture {

class History {
public:
    explicit History(ChunkPool& pool) : pool_(&pool) {}

    void add(const SealedChunk& chunk) { chunks_.push_back(chunk); }
    // The oldest chunks that were not yet are written now; only such ones go.
    void note_written() { written_++; }
    // Gives chunks back until the worker has its reserve, `kept_until_written`: only written ones.
    void recycle(bool kept_until_written) {
        while (!chunks_.empty() && pool_->free_count() < pool_->reserve() &&
               (!kept_until_written || written_ > 0)) {
            pool_->give_back(chunks_.front());
            chunks_.pop_front();
            written_ -= written_ > 0 ? 1 : 0;
        }
    }

    // nullptr: it is gone, or has not come.
    SealedChunk* find(uint64_t sequence) {
        if (sequence < begin_sequence() || sequence >= end_sequence()) return nullptr;
        return &chunks_[sequence - begin_sequence()];
    }
    uint64_t begin_sequence() const {
        return chunks_.empty() ? 0 : chunks_.front().header().sequence;
    }
    uint64_t end_sequence() const {
        return chunks_.empty() ? 0 : chunks_.back().header().sequence + 1;
    }
    ChunkPool& pool() { return *pool_; }

private:
    ChunkPool* pool_;
    std::deque<SealedChunk> chunks_;
    uint64_t written_ = 0;  // of the oldest ones
};

}  // namespace baleen::capture
