#include "dataplane/command_server.h"

#include <sys/socket.h>

#include "base/assert.h"
#include "ring/attach.h"

namespace baleen::dataplane {

std::vector<pollfd> CommandServer::watched() const {
    std::vector<pollfd> list;
    for (const base::FileDescriptor& listener : listeners_)
        list.push_back({listener.get(), POLLIN, 0});
    for (const base::FileDescriptor& client : clients_) list.push_back({client.get(), POLLIN, 0});
    return list;
}

void CommandServer::serve(std::span<const pollfd> found) {
    BALEEN_ASSERT(found.size() == clients_.size() + listeners_.size());
    for (size_t i = clients_.size(); i-- > 0;) {
        if (found[listeners_.size() + i].revents == 0) continue;
        base::FileDescriptor image;
        command::TriggerCapture trigger;
        const ring::Answer answer =
            ring::answer(clients_[i].get(), run_id_, stats_fd_, ring_fds_, image, trigger);
        if (answer == ring::Answer::rules) {
            const RulesTaken taken = take_rules_(image);
            ring::answer_rules(clients_[i].get(), taken.generation, taken.generations_in_use,
                               taken.reason);
        }
        if (answer == ring::Answer::trigger) {
            const auto id = take_trigger_(trigger);
            ring::answer_trigger(clients_[i].get(), id ? *id : 0, id ? "" : id.error().message);
        }
        if (answer == ring::Answer::attached) attached_count_++;
        if (answer == ring::Answer::gone) clients_.erase(clients_.begin() + static_cast<long>(i));
    }
    for (size_t i = 0; i < listeners_.size(); i++) {
        if ((found[i].revents & POLLIN) == 0) continue;
        base::FileDescriptor client(::accept4(listeners_[i].get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (client) clients_.push_back(std::move(client));
    }
}

}  // namespace baleen::dataplane
