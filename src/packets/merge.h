// Packets of many chunks in the order of their times.
//
// Memory: chunks are taken up when their first packet is due, and of a chunk only what the caller
// keeps is held, until it is given out. Chunks of one worker follow one another in time, so that is
// about one chunk per worker and file that overlap, and `bytes_max` in any case.
#pragma once

#include <functional>
#include <queue>
#include <vector>

#include "base/result.h"
#include "packets/block.h"
#include "packets/index_format.h"

namespace baleen::packets {

struct ChunkPlace {
    uint32_t file;
    ChunkRow row;
};

class Merge {
public:
    // What is kept of a chunk. Views point into `bytes`, and stay there as it is moved.
    struct Kept {
        std::vector<uint8_t> bytes;
        std::vector<PacketView> packets;

        void add(const PacketView& packet);
        void finish();  // behind the last add(): views become valid, in the order of time
    };
    using Load = std::function<base::Status(const ChunkPlace&, Kept&)>;
    using Take = std::function<base::Status(uint32_t file, const PacketView&)>;

    static constexpr uint64_t bytes_max = 1u << 30;

    // Calls `load` for each chunk, `take` for each packet that was kept, by time.
    static base::Status run(std::vector<ChunkPlace> chunks, const Load& load, const Take& take);
};

}  // namespace baleen::packets
