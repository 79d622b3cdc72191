// A folder of the process, for targets whose code opens files by name; in memory where there is
// such a place.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <span>
#include <string>

#include "base/assert.h"
#include "packets/file.h"

namespace baleen::fuzz {

inline const std::string& folder() {
    static const std::string path = [] {
        std::string name = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : "/tmp/";
        name += "baleen-fuzz-XXXXXX";
        BALEEN_ASSERT(::mkdtemp(name.data()) != nullptr);
        return name;
    }();
    return path;
}

inline void write_file(const std::string& path, std::span<const uint8_t> bytes) {
    const auto fd = packets::open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
    BALEEN_ASSERT(fd);
    BALEEN_ASSERT(packets::write_all(fd->get(), path, bytes));
}

}  // namespace baleen::fuzz
