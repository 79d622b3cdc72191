// Files as this module uses them: whole reads and writes, errors that name the file.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace baleen::packets {

// "WHAT 'PATH': why", after errno.
base::Error system_error(std::string_view what, const std::string& path);

// Flags of open(2); O_CLOEXEC is added.
base::Result<base::FileDescriptor> open_file(const std::string& path, int flags);
base::Result<uint64_t> file_bytes(int fd, const std::string& path);

// At the file's own position; goes on after short writes.
base::Status write_all(int fd, const std::string& path, std::span<const uint8_t> bytes);
// As many bytes as are there from `offset` on; fewer than asked for only at the end of the file.
base::Result<size_t> read_at(int fd, const std::string& path, uint64_t offset,
                             std::span<uint8_t> bytes);

template <class T>
std::span<const uint8_t> bytes_of(std::span<const T> values) {
    return {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()};
}

}  // namespace baleen::packets
