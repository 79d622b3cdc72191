#include "dataplane/capture/chunk_pool.h"

namespace baleen::capture {

using packets::chunk_bytes_max;
using packets::chunk_flows_max;

base::Result<std::unique_ptr<ChunkPool>> ChunkPool::create(uint32_t worker, uint32_t chunk_count,
                                                           uint32_t reserve) {
    auto bytes = base::HugeMemory::allocate(uint64_t{chunk_count} * chunk_bytes_max);
    if (!bytes) return bytes.error();
    auto flows = base::HugeMemory::allocate(uint64_t{chunk_count} * chunk_flows_max *
                                            sizeof(packets::ChunkFlow));
    if (!flows) return flows.error();
    return std::unique_ptr<ChunkPool>(
        new ChunkPool(worker, chunk_count, reserve, std::move(*bytes), std::move(*flows)));
}

ChunkPool::ChunkPool(uint32_t worker, uint32_t chunk_count, uint32_t reserve,
                     base::HugeMemory bytes, base::HugeMemory flows)
    : worker_(worker),
      chunk_count_(chunk_count),
      reserve_(reserve),
      chunk_memory_(std::move(bytes)),
      flow_memory_(std::move(flows)),
      bytes_(chunk_memory_.as<uint8_t>(uint64_t{chunk_count} * chunk_bytes_max)),
      flows_(flow_memory_.as<packets::ChunkFlow>(uint64_t{chunk_count} * chunk_flows_max)),
      free_(chunk_count),
      sealed_(chunk_count) {
    at_hand_.reserve(chunk_count);
    for (uint32_t slot = 0; slot < chunk_count; slot++) free_.push(slot);
}

bool ChunkPool::take_sealed(SealedChunk& chunk) {
    uint32_t slot;
    if (!sealed_.take(slot)) return false;
    chunk = {memory(slot), worker_, slot};
    return true;
}

}  // namespace baleen::capture
