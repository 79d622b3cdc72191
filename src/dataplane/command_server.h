// The data plane's side of its socket: who is connected, and what they are handed.
#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "baleen/command.h"
#include "base/file_descriptor.h"
#include "base/result.h"

namespace baleen::dataplane {

class CommandServer {
public:
    // What becomes of a ruleset that was handed over. generation 0: `reason` says why not.
    struct RulesTaken {
        uint32_t generation = 0;
        uint32_t generations_in_use = 0;
        std::string reason;
    };
    // The number of a trigger, or why it cannot be.
    using TakeTrigger =
        std::function<base::Result<uint32_t>(const command::TriggerCapture& trigger)>;
    using TakeRules = std::function<RulesTaken(const base::FileDescriptor& image)>;

    // The descriptors of the segments stay the caller's and outlive the server.
    CommandServer(std::vector<base::FileDescriptor> listeners, uint64_t run_id, int stats_fd,
                  std::vector<int> ring_fds, TakeRules take_rules, TakeTrigger take_trigger)
        : listeners_(std::move(listeners)),
          run_id_(run_id),
          stats_fd_(stats_fd),
          ring_fds_(std::move(ring_fds)),
          take_rules_(std::move(take_rules)),
          take_trigger_(std::move(take_trigger)) {}

    // What poll(2) has to watch: the listeners, then each client.
    std::vector<pollfd> watched() const;
    // Takes up what poll(2) has found in the same list.
    void serve(std::span<const pollfd> found);

    // Clients that were handed the segments, gone ones included.
    uint64_t attached_count() const { return attached_count_; }

private:
    std::vector<base::FileDescriptor> listeners_;
    const uint64_t run_id_;
    const int stats_fd_;
    const std::vector<int> ring_fds_;
    const TakeRules take_rules_;
    const TakeTrigger take_trigger_;
    std::vector<base::FileDescriptor> clients_;
    uint64_t attached_count_ = 0;
};

}  // namespace baleen::dataplane
