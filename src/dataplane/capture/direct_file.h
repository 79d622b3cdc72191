// One file that is written past the page cache (O_DIRECT) where the filesystem lets it.
//
// Why: what a capture writes is not read again soon; the page cache would copy all of it and throw
// out what other programs have there. Must hold: offsets, lengths and memory are multiples of
// chunk_alignment while is_direct().
//
// Nothing is allocated ahead (fallocate): on ext4 writes into unwritten extents are a tenth slower
// than those that make the file longer, since each extent is marked as written behind them.
//
// It is locked (flock) as long as it is open, by which others know not to delete it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/file_descriptor.h"

namespace baleen::capture {

class DirectFile {
public:
    // Functions that may fail return an errno, 0 when all is well.

    // A new file; EEXIST when there is one. A device is opened as it is.
    int create(const std::string& path, bool may_be_direct);

    int fd() const { return fd_.get(); }
    bool is_direct() const { return is_direct_; }
    // From now on through the page cache, after the filesystem has refused a write (EINVAL).
    void drop_direct();

    // False: it has been deleted, and what is written to it is lost.
    bool is_linked() const;
    // Waits until it is written.
    int write_at(uint64_t offset, std::span<const uint8_t> bytes);
    int cut(uint64_t bytes);
    int sync_data();

private:
    base::FileDescriptor fd_;
    bool is_direct_ = false;
    bool is_device_ = false;
};

}  // namespace baleen::capture
