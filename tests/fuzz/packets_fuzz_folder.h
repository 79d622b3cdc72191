// A folder of the process, for targets whose code opens files by name; in memory where there is
// such a place.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>

#include "base/assert.h"
#include "packets/file.h"

namespace baleen::fuzz {

inline const std::string& folder() {
    struct Folder {
        std::string path = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : "/tmp/";
        Folder() {
            path += "baleen-fuzz-XXXXXX";
            BALEEN_ASSERT(::mkdtemp(path.data()) != nullptr);
        }
        ~Folder() { std::filesystem::remove_all(path); }
    };
    static const Folder made;
    return made.path;
}

inline void write_file(const std::string& path, std::span<const uint8_t> bytes) {
    const auto fd = packets::open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
    BALEEN_ASSERT(fd);
    BALEEN_ASSERT(packets::write_all(fd->get(), path, bytes));
}

}  // namespace baleen::fuzz
