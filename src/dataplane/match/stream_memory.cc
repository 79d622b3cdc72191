#include "dataplane/match/stream_memory.h"

#include <hs/hs_runtime.h>

namespace baleen::match {
namespace {

thread_local StreamMemory* in_use_here = nullptr;

}  // namespace

StreamMemory::Use::Use(StreamMemory& memory) { in_use_here = &memory; }
StreamMemory::Use::~Use() { in_use_here = nullptr; }

void StreamMemory::install() { ::hs_set_stream_allocator(take, give_back); }

void* StreamMemory::take(size_t bytes) {
    BALEEN_ASSERT(in_use_here != nullptr);
    BlockPool& pool = in_use_here->pool_;
    if (bytes > pool.block_bytes()) return nullptr;
    const uint32_t block = pool.take();
    return block == BlockPool::none ? nullptr : pool.at(block);
}

void StreamMemory::give_back(void* block) {
    if (block == nullptr) return;
    BALEEN_ASSERT(in_use_here != nullptr);
    in_use_here->pool_.give_back(in_use_here->pool_.index_of(block));
}

}  // namespace baleen::match
