// A pipe that a replay source can open by name.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace baleen::test {

struct Pipe {
    Pipe() {
        std::signal(SIGPIPE, SIG_IGN);
        int fds[2];
        EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
        read_end = base::FileDescriptor(fds[0]);
        write_end = base::FileDescriptor(fds[1]);
    }
    std::string path() const { return "/dev/fd/" + std::to_string(read_end.get()); }
    void write(std::string_view bytes) const { write_all(write_end.get(), bytes); }
    void close() { write_end = base::FileDescriptor(); }

    static void write_all(int fd, std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t done = ::write(fd, bytes.data(), bytes.size());
            // The reader may have stopped; a test that minds sees the packets missing.
            if (done <= 0) return;
            bytes.remove_prefix(static_cast<size_t>(done));
        }
    }

    base::FileDescriptor read_end, write_end;
};

}  // namespace baleen::test
