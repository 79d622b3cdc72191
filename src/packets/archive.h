// A folder of files of packets: which there are, and which of their chunks may have what is looked
// for.
//
// Cost: of a finished file the head of its index and a page of postings for each key; so what a
// search takes grows with the number of files and with what is found, not with what is stored. Of a
// file that is still written, or that a writer has left, the log of its index is read, and what the
// log does not have is scanned.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "packets/index_format.h"
#include "packets/packet_file.h"
#include "packets/selector.h"

namespace baleen::packets {

struct ArchiveFile {
    enum class State : uint8_t {
        sealed,  // finished, with its index
        open,    // somebody writes it
        plain,   // classic pcap, which is written without an index
        torn,    // its writer died, or its index is missing
    };
    std::string path;
    uint64_t bytes;
    State state;
};
std::string_view state_name(ArchiveFile::State state);

// By name, which begins with the time of the first packet. A folder that is not there has none.
base::Result<std::vector<ArchiveFile>> list_files(const std::string& folder);
// The folder of packets in a store's: the store's own where there is no other.
std::string packets_folder(const std::string& store_folder);
ArchiveFile describe_file(const std::string& path);
// Whether some process has it open for writing, as far as one can know (leases are for the owner of
// a file), or has the log of its index locked.
bool is_written(const std::string& path);

struct TimeRange {
    int64_t from_ns = INT64_MIN;
    int64_t to_ns = INT64_MAX;  // not included

    bool has(int64_t time_ns) const { return time_ns >= from_ns && time_ns < to_ns; }
    bool meets(int64_t first_ns, int64_t last_ns) const {
        return first_ns < to_ns && last_ns >= from_ns;
    }
};

// Chunks of the file that may have something, in any order; problems cost a sentence each.
std::vector<ChunkRow> candidates(const ArchiveFile& file, const Selector& selector,
                                 const TimeRange& range, std::vector<std::string>& problems);

// Interfaces that the file describes behind its head, because packets of them came later.
void learn_interfaces(const ArchiveFile& file, PacketFile& opened,
                      std::vector<std::string>& problems);

// All chunks that the file has by its index, its log, or itself.
std::vector<ChunkRow> all_chunks(const ArchiveFile& file, std::vector<std::string>& problems);

}  // namespace baleen::packets
