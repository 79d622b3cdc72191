// The bytes of one capture file: a regular file is mapped and its packets are never copied; a pipe,
// standard input or a gzip file is read into chunks that are used in turn.
//
// Must hold: bytes shown by window() stay where they are until the chunk comes round again.
// must_quiesce() says that the next refill may overwrite bytes shown before.
#pragma once

#include <zlib.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/file_descriptor.h"
#include "base/huge_memory.h"
#include "base/mapping.h"
#include "base/result.h"

namespace baleen::drivers {

class CaptureInput {
public:
    enum class Refill {
        more,   // the window has grown
        later,  // nothing has arrived yet, or the caller has to quiesce first
        ended,  // there is nothing more; failure() tells whether an error is the reason
    };

    // A path, or "-" for standard input.
    static base::Result<CaptureInput> open(const std::string& path);

    CaptureInput(CaptureInput&&) = default;
    CaptureInput& operator=(CaptureInput&&) = default;

    std::span<const uint8_t> window() const { return {data_ + position_, size_ - position_}; }
    void consume(uint64_t bytes) { position_ += bytes; }

    // `may_wait`: for a moment, where a pipe has nothing.
    Refill refill(bool may_overwrite, bool may_wait);
    bool must_quiesce() const { return !is_mapped() && size_ == chunk_bytes; }

    uint64_t position_bytes() const { return consumed_before_ + position_; }
    uint64_t total_bytes() const { return is_mapped() ? size_ : 0; }  // 0: not known
    const std::string& failure() const { return failure_; }

    // Maps the pages ahead and lets go of those behind, a stride at a time.
    void advance_mapping() {
        if (position_ >= populated_) populate();
    }

private:
    CaptureInput() = default;
    base::Status map(uint64_t file_bytes);
    base::Status allocate_chunks();
    int64_t read_some(uint8_t* to, uint64_t bytes, bool may_wait);
    bool is_mapped() const { return mapping_.data() != nullptr; }
    void populate();
    void next_chunk();

    // The largest record (a 16 MiB pcapng block) fits into one chunk with room to spare.
    static constexpr uint64_t chunk_bytes = 20u << 20;
    // Two would do for one reader; the third lets the one before last drain while the next is
    // filled.
    static constexpr uint32_t chunk_count = 3;
    // Two system calls per 8 MiB are lost in the noise, and no more of a file than that is mapped
    // at a time.
    static constexpr uint64_t populate_stride_bytes = 8u << 20;

    base::FileDescriptor fd_;
    std::unique_ptr<gzFile_s, int (*)(gzFile_s*)> gzip_{nullptr, gzclose};  // owns fd_'s duplicate
    base::Mapping mapping_;
    std::array<base::HugeMemory, chunk_count> chunks_;
    uint32_t chunk_ = 0;

    const uint8_t* data_ = nullptr;
    uint64_t size_ = 0;
    uint64_t position_ = 0;
    uint64_t populated_ = 0;
    uint64_t consumed_before_ = 0;
    std::string failure_;
};

}  // namespace baleen::drivers
