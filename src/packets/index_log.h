// The index of a file of packets while the file is written: FILE.index.log, one entry per chunk,
// and FILE.index made out of it when the file is finished.
//
// Owns: both files. Must hold: the log has whole entries only, up to the last one, which may be
// torn; FILE.index is there only when it is whole and has every chunk. One thread at a time.
//
// The log is locked (flock) as long as its writer lives: that is how others know an open file from
// one that a dead writer left. When the log cannot be written, it is emptied and every call fails
// from then on: what no index has is read as a whole, and nothing is missed.
//
// Cost: append() copies keys and writes nothing but every few chunks; seal() reads the log again
// and sorts, in memory that does not grow with the file (postings_at_once). seal() waits for the
// disk: whoever must not wait calls it from another thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "packets/chunk.h"
#include "packets/index_format.h"
#include "packets/key.h"

namespace baleen::packets {

std::string index_path(const std::string& packets_path);
std::string index_log_path(const std::string& packets_path);

class IndexLog {
public:
    // Begins FILE.index.log; one that is there is begun anew.
    static base::Result<IndexLog> create(const std::string& packets_path);

    // The chunk stands at `offset`, `stored_bytes` long with everything that pads it there. In any
    // order of offsets and times; before or after the chunk itself is on the disk.
    base::Status append(const ChunkBlock& chunk, uint64_t offset, uint32_t stored_bytes,
                        std::span<const ChunkFlow> flows);
    // The same with keys that are known already; `row.key_count` is theirs.
    base::Status append_keys(const ChunkRow& row, std::span<const Key> keys);
    // Everything so far is for others to read.
    base::Status flush();
    // Writes FILE.index, for a file of so many bytes, and removes the log.
    base::Status seal(uint64_t file_bytes);

private:
    IndexLog(std::string packets_path, base::FileDescriptor log)
        : packets_path_(std::move(packets_path)), log_(std::move(log)) {}
    void put_key(Key key);
    base::Status write_pending();

    // Of two flows of a chunk the hosts are often the same: a key is left out that was the last in
    // its place for this chunk. What is missed here goes when postings are sorted.
    static constexpr size_t recent_count = 2048;

    std::string packets_path_;
    base::FileDescriptor log_;
    std::vector<uint32_t> pending_;  // words of the log
    std::vector<uint64_t> recent_ = std::vector<uint64_t>(recent_count, UINT64_MAX);
    uint32_t chunk_count_ = 0;
    std::optional<base::Error> error_;
};

}  // namespace baleen::packets
