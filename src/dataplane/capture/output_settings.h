// What the configuration says to those who write files of packets.
#pragma once

#include <cstdint>
#include <string>

#include "base/units.h"

namespace baleen::capture {

enum class Format : uint8_t { pcapng, pcap };
enum class Compression : uint8_t { none, lz4, zstd };

struct OutputSettings {
    std::string directory;
    Format format = Format::pcapng;
    Compression compression = Compression::none;
    uint64_t rotate_bytes = 1ull << 30;
    int64_t rotate_interval_ns = base::duration_off;
    uint64_t retention_bytes = 20ull << 30;
    int64_t retention_age_ns = base::duration_off;
    uint64_t free_bytes = 0;
    uint64_t run_id = 0;
    uint32_t writer = 0;
    // What the kernel and the filesystem may still refuse.
    bool may_use_io_uring = true;
    bool may_use_direct = true;
};

}  // namespace baleen::capture
