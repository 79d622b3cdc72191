// Walks over a file of packets without its index, or over what its index does not have: finds
// chunks, and what there is between them.
//
// Why multiples of 4096 after damage: that is where chunks begin, so that a hole that a dead writer
// left (it completes writes in any order) costs no chunk behind it. Classic pcap has no such
// places: the first record that is none ends it.
#pragma once

#include <optional>

#include "packets/packet_file.h"

namespace baleen::packets {

struct Stretch {
    enum class Kind : uint8_t {
        chunk,  // whole
        torn,   // the beginning of a chunk: `row` has what is whole of it
        other,  // interfaces, padding, frames without meaning
        junk,   // nothing of ours
    };
    Kind kind;
    uint64_t offset;
    uint64_t bytes;  // up to the next stretch
    // chunk, torn: by the packets themselves, not by what the chunk claims.
    ChunkRow row;
    uint64_t wire_bytes;
    bool is_end;  // of the one frame that the file is; nothing follows
};

class ChunkScan {
public:
    // Of the file's bytes from `begin` to `end`. Interfaces that it meets are added to the file's
    // where they lie behind its head and `learn_interfaces` says so.
    ChunkScan(PacketFile& file, uint64_t begin, uint64_t end, bool learn_interfaces = false)
        : file_(file), at_(begin), end_(end), learn_interfaces_(learn_interfaces) {}

    // None: the end. An error: the disk's.
    base::Result<std::optional<Stretch>> next();
    // Of the chunk that next() returned last, as packets lie in it; until the next call.
    Bytes chunk_bytes() const { return chunk_; }

private:
    std::optional<Stretch> at_window(Bytes window);
    Stretch plain_chunk(const ChunkBlock& chunk, Bytes window);
    std::optional<Stretch> frame(Bytes window);
    void take_padding(Bytes window, Stretch& stretch);
    bool may_begin_unit(Bytes window) const;
    std::optional<Stretch> records(Bytes window);
    base::Result<std::optional<Stretch>> junk();
    void measure(Bytes bytes, Stretch& stretch);
    void learn(const Block& block);

    PacketFile& file_;
    uint64_t at_;
    uint64_t end_;
    bool learn_interfaces_;
    Bytes chunk_;
    std::vector<uint8_t> plain_;
    uint64_t record_runs_ = 0;
};

}  // namespace baleen::packets
