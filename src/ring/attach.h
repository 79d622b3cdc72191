// The conversation on the data plane's socket: a client attaches and is handed the shared segments.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "baleen/command.h"
#include "base/file_descriptor.h"
#include "base/result.h"

namespace baleen::ring {

// A listening socket. "@name" is abstract (no file); otherwise a path, whose stale file is
// replaced.
base::Result<base::FileDescriptor> listen_socket(const std::string& name);

struct Attachment {
    base::FileDescriptor connection;  // readable (end of file) when the data plane has gone
    uint64_t run_id = 0;
    base::FileDescriptor stats;
    std::vector<base::FileDescriptor> rings;
};

// Whether the socket may come yet, or has been there: then nobody listens on it any more if nobody
// does now.
enum class Listener { may_come, was_there };

// Connects and attaches; waits until the data plane is ready, has gone, or `timeout` has passed.
base::Result<Attachment> attach(const std::string& name, std::chrono::milliseconds timeout,
                                Listener listener = Listener::may_come);

// Hands a compiled ruleset over to a data plane that is there; waits until it has taken it or
// refused it.
base::Result<command::RulesAnswer> hand_over_rules(const std::string& name, int image_fd,
                                                   std::chrono::milliseconds timeout);

// Has packets written that are in the data plane's memory, and coming ones. The trigger's number.
base::Result<uint32_t> trigger_capture(const std::string& name, command::TriggerCapture trigger,
                                       std::chrono::milliseconds timeout);

// Asks in words, and waits for an answer of up to answer_bytes_max: the control process's socket.
// What comes before the answer goes to `is_more`, which says so. `timeout` is for each of them.
inline constexpr size_t answer_bytes_max = 128 << 10;
using IsMore = std::function<bool(std::string_view message)>;
base::Result<std::string> ask(const std::string& name, std::string_view request,
                              std::chrono::milliseconds timeout, const IsMore& is_more);

// Whoever is at the other end is the same user, or root: only they may see what is captured.
bool is_trusted(int connection);

// The data plane's side: answers one message on `connection`.
enum class Answer {
    attached,  // the client has the segments now
    rules,     // it has handed over `rules_fd` and waits for answer_rules()
    trigger,   // it has asked for `trigger` and waits for answer_trigger()
    nothing,   // it had not said anything
    gone,      // it has gone, or broke the rules
};
Answer answer(int connection, uint64_t run_id, int stats_fd, const std::vector<int>& ring_fds,
              base::FileDescriptor& rules_fd, command::TriggerCapture& trigger);
void answer_rules(int connection, uint32_t generation, uint32_t generations_in_use,
                  std::string_view reason);
// `id` 0: `reason` says why not.
void answer_trigger(int connection, uint32_t id, std::string_view reason);

}  // namespace baleen::ring
