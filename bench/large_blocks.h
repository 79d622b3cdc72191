// Writing captures as a disk would give them back.
#pragma once

#include <cstdio>
#include <vector>

namespace baleen::bench {

// The page cache keeps what was written in 4 KiB pieces as single pages, and what was read from a
// disk, or written in large pieces, as large folios. Captures are usually read from a disk; all
// programs that map or read the file afterwards are several times faster on large folios.
inline void write_in_large_blocks(std::FILE* file) {
    static std::vector<char> block(8u << 20);
    std::setvbuf(file, block.data(), _IOFBF, block.size());
}

}  // namespace baleen::bench
