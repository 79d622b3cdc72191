// The data plane's side of its socket: who is connected, and what they are handed.
#pragma once

#include <poll.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/file_descriptor.h"

namespace baleen::dataplane {

class CommandServer {
public:
    // The descriptors of the segments stay the caller's and outlive the server.
    CommandServer(base::FileDescriptor listener, uint64_t run_id, int stats_fd,
                  std::vector<int> ring_fds)
        : listener_(std::move(listener)),
          run_id_(run_id),
          stats_fd_(stats_fd),
          ring_fds_(std::move(ring_fds)) {}

    // What poll(2) has to watch: the listener, then each client.
    std::vector<pollfd> watched() const;
    // Takes up what poll(2) has found in the same list.
    void serve(std::span<const pollfd> found);

    // Clients that were handed the segments, gone ones included.
    uint64_t attached_count() const { return attached_count_; }

private:
    base::FileDescriptor listener_;
    const uint64_t run_id_;
    const int stats_fd_;
    const std::vector<int> ring_fds_;
    std::vector<base::FileDescriptor> clients_;
    uint64_t attached_count_ = 0;
};

}  // namespace baleen::dataplane
