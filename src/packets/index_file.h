// FILE.index, opened to be asked. Reads what an answer needs and no more: keys are uniform, so a
// key's place among the sorted postings is known within a page or so.
//
// Its bytes are foreign: sizes must fit one another, and a row must lie within the file.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "packets/index_format.h"
#include "packets/selector.h"

namespace baleen::packets {

// Whether a row can be about a file of so many bytes.
bool is_row_of(const ChunkRow& row, uint64_t file_bytes);

class IndexFile {
public:
    static base::Result<IndexFile> open(const std::string& packets_path);

    const IndexHeader& header() const { return header_; }

    // Of chunks that have the key, rising.
    base::Result<ChunkNumbers> find(Key key);
    base::Result<ChunkRow> row(uint32_t chunk);
    base::Result<std::vector<ChunkRow>> rows();

    uint64_t bytes_read() const { return bytes_read_; }

private:
    IndexFile(std::string path, base::FileDescriptor fd)
        : path_(std::move(path)), fd_(std::move(fd)) {}
    base::Status read(uint64_t offset, std::span<uint8_t> bytes);
    // Postings [first, last) into page_.
    base::Status load(uint64_t first, uint64_t last);
    // The first posting that is not below `wanted`, with the postings around it in page_.
    base::Result<uint64_t> lower_bound(Posting wanted);
    base::Error damaged() const;

    std::string path_;
    base::FileDescriptor fd_;
    IndexHeader header_{};
    std::vector<Posting> page_;
    uint64_t page_first_ = 0;
    uint64_t bytes_read_ = 0;
};

}  // namespace baleen::packets
