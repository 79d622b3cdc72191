// The index beside a file of packets: which of its chunks have packets of a flow, of a pair of
// addresses and ports, or of a host, and when. Little-endian.
//
// While a file is written its index is a log, FILE.index.log: for each chunk a ChunkRow and then
// `key_count` keys of 4 bytes. When the file is finished it becomes FILE.index: an IndexHeader, all
// ChunkRows, and all postings in rising order, so that a search reads one stretch of it.
#pragma once

#include <cstdint>
#include <type_traits>

namespace baleen::packets {

inline constexpr uint64_t index_magic = 0x31584449524c4142;  // "BALRIDX1" in memory order
inline constexpr uint32_t index_version = 1;

struct IndexHeader {
    uint64_t magic;
    uint32_t version;
    uint32_t chunk_count;
    uint64_t posting_count;
    int64_t first_ns;  // over all chunks
    int64_t last_ns;
    uint64_t file_bytes;  // of the file of packets when the index was made
};
static_assert(sizeof(IndexHeader) == 48);
static_assert(std::has_unique_object_representations_v<IndexHeader>);

struct ChunkRow {
    uint64_t offset;        // in the file
    uint32_t stored_bytes;  // there, compressed or not, padding included
    uint32_t chunk_bytes;   // not compressed
    int64_t first_ns;
    int64_t last_ns;
    uint64_t sequence;
    uint32_t worker;
    uint32_t packets;
    uint32_t key_count;  // of the log: keys that follow
    uint32_t reserved;
};
static_assert(sizeof(ChunkRow) == 56);
static_assert(std::has_unique_object_representations_v<ChunkRow>);

// A key and the number of a chunk that has it. Sorted by the whole.
using Posting = uint64_t;
constexpr Posting posting(uint32_t key, uint32_t chunk) { return uint64_t{key} << 32 | chunk; }

}  // namespace baleen::packets
