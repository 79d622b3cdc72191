// The capture that sharkd reads: as many packets of a longer one as it may have at a time.
//
// Shape: bytes of pcapng as `baleen extract` writes them, in pieces of any size; a file in memory
// that has no name. Must hold: what is in the file are whole blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace baleen::sharkd {

// sharkd holds 263 MB with 192 000 packets and takes 14 us to dissect one: a first view of this
// many is there within a second.
constexpr uint64_t capture_packets_max = 50'000;
constexpr size_t capture_bytes_max = 64 << 20;

class CaptureFile {
public:
    static base::Result<CaptureFile> make();

    // Takes whole blocks off the front of `bytes`. False: it is full, and the next one is left out.
    bool take(std::string& bytes);
    uint64_t packets() const { return packets_; }
    int fd() const { return file_.get(); }

private:
    explicit CaptureFile(base::FileDescriptor file) : file_(std::move(file)) {}

    base::FileDescriptor file_;
    uint64_t packets_ = 0;
    size_t bytes_ = 0;
};

}  // namespace baleen::sharkd
