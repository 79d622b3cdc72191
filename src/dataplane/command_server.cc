#include "dataplane/command_server.h"

#include <sys/socket.h>

#include "base/assert.h"
#include "ring/attach.h"

namespace baleen::dataplane {

std::vector<pollfd> CommandServer::watched() const {
    std::vector<pollfd> list = {{listener_.get(), POLLIN, 0}};
    for (const base::FileDescriptor& client : clients_) list.push_back({client.get(), POLLIN, 0});
    return list;
}

void CommandServer::serve(std::span<const pollfd> found) {
    BALEEN_ASSERT(found.size() == clients_.size() + 1);
    for (size_t i = clients_.size(); i-- > 0;) {
        if (found[i + 1].revents == 0) continue;
        base::FileDescriptor image;
        const ring::Answer answer =
            ring::answer(clients_[i].get(), run_id_, stats_fd_, ring_fds_, image);
        if (answer == ring::Answer::rules) {
            const RulesTaken taken = take_rules_(image);
            ring::answer_rules(clients_[i].get(), taken.generation, taken.generations_in_use,
                               taken.reason);
        }
        if (answer == ring::Answer::attached) attached_count_++;
        if (answer == ring::Answer::gone) clients_.erase(clients_.begin() + static_cast<long>(i));
    }
    if ((found[0].revents & POLLIN) == 0) return;
    base::FileDescriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client) clients_.push_back(std::move(client));
}

}  // namespace baleen::dataplane
