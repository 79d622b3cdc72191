// Reads FILE.index.log, entry by entry. Its bytes are foreign: what is no entry ends it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "packets/index_format.h"
#include "packets/key.h"

namespace baleen::packets {

class LogReader {
public:
    static base::Result<LogReader> open(const std::string& log_path);

    // False: nothing follows, or nothing that is whole. The keys are there until the next call.
    bool next(ChunkRow& row, std::span<const Key>& keys);
    void rewind();
    // Where the keys of the last entry stand in the file, and those that stand there.
    uint64_t keys_offset() const { return keys_offset_; }
    std::vector<Key> keys_at(uint64_t offset, uint32_t count) const;

private:
    LogReader(std::string path, base::FileDescriptor fd)
        : path_(std::move(path)), fd_(std::move(fd)) {}
    // Words from `at_` on; false: fewer are left.
    bool have(size_t words);

    std::string path_;
    base::FileDescriptor fd_;
    std::vector<uint32_t> words_;  // of the file, up to `offset_`
    size_t at_ = 0;
    uint64_t offset_ = 0;
    uint64_t keys_offset_ = 0;
};

}  // namespace baleen::packets
