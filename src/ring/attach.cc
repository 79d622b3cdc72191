#include "ring/attach.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "baleen/command.h"
#include "baleen/limits.h"
#include "baleen/ring_reader.h"

namespace baleen::ring {
namespace {

constexpr size_t descriptors_max = limits::worker_count_max + 1;
constexpr int backlog = 8;

struct Address {
    sockaddr_un address{};
    socklen_t length = 0;
};

base::Result<Address> address_of(const std::string& name) {
    Address out;
    out.address.sun_family = AF_UNIX;
    if (name.empty() || name.size() >= sizeof out.address.sun_path)
        return base::Error{fmt::format("socket name '{}' is empty or longer than {} bytes", name,
                                       sizeof out.address.sun_path - 1)};
    name.copy(out.address.sun_path, name.size());
    out.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (name[0] == '@')
        out.address.sun_path[0] = '\0';  // unix(7): abstract, the length is part of the name
    else out.length++;
    return out;
}

base::Error system_error(std::string_view what, const std::string& name) {
    return {fmt::format("{} '{}': {}", what, name, std::strerror(errno))};
}

}  // namespace

bool is_trusted(int connection) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
    return peer.uid == ::geteuid() || peer.uid == 0;
}

base::Result<base::FileDescriptor> listen_socket(const std::string& name) {
    const auto address = address_of(name);
    if (!address) return address.error();
    base::FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!socket) return system_error("cannot create socket", name);
    if (name[0] != '@') {
        std::error_code ignored;
        std::filesystem::create_directories(std::filesystem::path(name).parent_path(), ignored);
        ::unlink(name.c_str());
    }
    const mode_t before = ::umask(0177);
    const int bound =
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address->address), address->length);
    ::umask(before);
    if (bound != 0) return system_error("cannot bind socket", name);
    if (::listen(socket.get(), backlog) != 0) return system_error("cannot listen on socket", name);
    return socket;
}

namespace {

command::MessageHeader header_of(command::MessageType type, size_t bytes) {
    return {command::message_magic, command::message_version, static_cast<uint16_t>(type),
            static_cast<uint32_t>(bytes), 0};
}

bool send_message(int connection, const void* bytes, size_t count, const std::vector<int>& fds) {
    std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
    iovec data{const_cast<void*>(bytes), count};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (!fds.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
        std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
    }
    const ssize_t sent = ::sendmsg(connection, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == static_cast<ssize_t>(count);
}

// As recvmsg(2). Descriptors are owned at once, so that a wrong message leaks nothing.
ssize_t receive_message(int connection, void* bytes, size_t count, int flags,
                        std::vector<base::FileDescriptor>& fds) {
    std::vector<char> control(CMSG_SPACE(descriptors_max * sizeof(int)));
    iovec data{bytes, count};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(connection, &message, MSG_CMSG_CLOEXEC | flags);
    if (got < 0) return got;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const size_t fd_count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < fd_count; i++) {
            int fd;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            fds.emplace_back(fd);
        }
    }
    return got;
}

bool is_message(const command::MessageHeader& header, command::MessageType type, size_t bytes) {
    return header.magic == command::message_magic && header.version == command::message_version &&
           header.type == static_cast<uint16_t>(type) && header.message_bytes == bytes;
}

// Tries until `deadline`: the data plane may still be opening its ports.
base::Result<base::FileDescriptor> connect_until(std::string_view whom, const std::string& name,
                                                 std::chrono::steady_clock::time_point deadline) {
    const auto address = address_of(name);
    if (!address) return address.error();
    for (;;) {
        base::FileDescriptor connection(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        if (!connection) return system_error("cannot create socket", name);
        if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address->address),
                      address->length) == 0)
            return connection;
        if (std::chrono::steady_clock::now() >= deadline)
            return system_error(fmt::format("no {} on socket", whom), name);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

bool wait_readable(int connection, std::chrono::milliseconds timeout) {
    pollfd waiting{connection, POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(timeout.count())) > 0;
}

}  // namespace

base::Result<std::string> ask(const std::string& name, std::string_view request,
                              std::chrono::milliseconds timeout, const IsMore& is_more) {
    const auto connection =
        connect_until("control process", name, std::chrono::steady_clock::now());
    if (!connection) return connection.error();
    if (!send_message(connection->get(), request.data(), request.size(), {}))
        return system_error("cannot ask on", name);
    std::string reply;
    do {
        if (!wait_readable(connection->get(), timeout)) return base::Error{"there is no answer"};
        reply.resize(answer_bytes_max);
        std::vector<base::FileDescriptor> none;
        const ssize_t got = receive_message(connection->get(), reply.data(), reply.size(), 0, none);
        if (got <= 0) return base::Error{"the other side has ended without an answer"};
        reply.resize(static_cast<size_t>(got));
    } while (is_more(reply));
    return reply;
}

Answer answer(int connection, uint64_t run_id, int stats_fd, const std::vector<int>& ring_fds,
              base::FileDescriptor& rules_fd, command::TriggerCapture& trigger) {
    using command::MessageType;
    std::vector<base::FileDescriptor> fds;
    // The longest message; the others are its header alone.
    trigger = {};
    const ssize_t got = receive_message(connection, &trigger, sizeof trigger, MSG_DONTWAIT, fds);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Answer::nothing;
    if (got < 0 || !is_trusted(connection)) return Answer::gone;
    const command::MessageHeader& request = trigger.header;
    const auto bytes = static_cast<size_t>(got);
    if (bytes == sizeof trigger && is_message(request, MessageType::trigger_capture, bytes)) {
        trigger.filter[sizeof trigger.filter - 1] = '\0';
        return Answer::trigger;
    }
    if (bytes != sizeof request) return Answer::gone;
    if (is_message(request, MessageType::load_rules, sizeof request) && fds.size() == 1) {
        rules_fd = std::move(fds[0]);
        return Answer::rules;
    }
    if (!is_message(request, MessageType::attach, sizeof request)) return Answer::gone;

    command::Attached reply{};
    reply.header = header_of(MessageType::attached, sizeof reply);
    reply.run_id = run_id;
    reply.worker_count = static_cast<uint32_t>(ring_fds.size());
    std::vector<int> handed = {stats_fd};
    handed.insert(handed.end(), ring_fds.begin(), ring_fds.end());
    return send_message(connection, &reply, sizeof reply, handed) ? Answer::attached : Answer::gone;
}

void answer_rules(int connection, uint32_t generation, uint32_t generations_in_use,
                  std::string_view reason) {
    command::RulesAnswer reply{};
    reply.header = header_of(command::MessageType::rules_answer, sizeof reply);
    reply.generation = generation;
    reply.generations_in_use = generations_in_use;
    reason.copy(reply.reason, sizeof reply.reason - 1);
    // A client that has gone does not want to know.
    send_message(connection, &reply, sizeof reply, {});
}

void answer_trigger(int connection, uint32_t id, std::string_view reason) {
    command::TriggerAnswer reply{};
    reply.header = header_of(command::MessageType::trigger_answer, sizeof reply);
    reply.id = id;
    reason.copy(reply.reason, sizeof reply.reason - 1);
    send_message(connection, &reply, sizeof reply, {});
}

namespace {

// Sends a request to a data plane that is there, and waits for its answer: a message with a reason.
template <class Reply>
base::Result<Reply> exchange(const std::string& name, const void* request, size_t request_bytes,
                             const std::vector<int>& fds, command::MessageType answer,
                             std::chrono::milliseconds timeout) {
    const auto connection = connect_until("data plane", name, std::chrono::steady_clock::now());
    if (!connection) return connection.error();
    if (!send_message(connection->get(), request, request_bytes, fds))
        return system_error("cannot ask the data plane on", name);
    if (!wait_readable(connection->get(), timeout))
        return base::Error{"the data plane does not answer"};
    Reply reply{};
    std::vector<base::FileDescriptor> none;
    const ssize_t got = receive_message(connection->get(), &reply, sizeof reply, 0, none);
    if (got <= 0) return base::Error{"the data plane has ended"};
    if (got != sizeof reply || !is_message(reply.header, answer, sizeof reply))
        return base::Error{"the data plane speaks another version"};
    reply.reason[sizeof reply.reason - 1] = '\0';
    return reply;
}

}  // namespace

base::Result<uint32_t> trigger_capture(const std::string& name, command::TriggerCapture trigger,
                                       std::chrono::milliseconds timeout) {
    trigger.header = header_of(command::MessageType::trigger_capture, sizeof trigger);
    const auto reply = exchange<command::TriggerAnswer>(
        name, &trigger, sizeof trigger, {}, command::MessageType::trigger_answer, timeout);
    if (!reply) return reply.error();
    if (reply->id == 0) return base::Error{reply->reason};
    return reply->id;
}

base::Result<command::RulesAnswer> hand_over_rules(const std::string& name, int image_fd,
                                                   std::chrono::milliseconds timeout) {
    const auto request =
        header_of(command::MessageType::load_rules, sizeof(command::MessageHeader));
    return exchange<command::RulesAnswer>(name, &request, sizeof request, {image_fd},
                                          command::MessageType::rules_answer, timeout);
}

namespace {

base::Result<Attachment> receive_attachment(base::FileDescriptor connection,
                                            std::chrono::milliseconds timeout) {
    if (!wait_readable(connection.get(), timeout))
        return base::Error{"the data plane does not answer"};
    command::Attached reply{};
    std::vector<base::FileDescriptor> fds;
    const ssize_t got = receive_message(connection.get(), &reply, sizeof reply, 0, fds);
    if (got <= 0) return base::Error{"the data plane has ended"};
    if (got != sizeof reply || reply.header.magic != command::message_magic ||
        reply.header.version != command::message_version || reply.worker_count == 0 ||
        reply.worker_count > limits::worker_count_max || fds.size() != reply.worker_count + 1)
        return base::Error{"the data plane speaks another version"};
    Attachment attachment;
    attachment.connection = std::move(connection);
    attachment.run_id = reply.run_id;
    attachment.stats = std::move(fds[0]);
    for (size_t i = 1; i < fds.size(); i++) attachment.rings.push_back(std::move(fds[i]));
    return attachment;
}

}  // namespace

base::Result<Attachment> attach(const std::string& name, std::chrono::milliseconds timeout,
                                Listener listener) {
    const auto patience = listener == Listener::may_come ? timeout : std::chrono::milliseconds(0);
    auto connection =
        connect_until("data plane", name, std::chrono::steady_clock::now() + patience);
    if (!connection) return connection.error();
    const auto request = header_of(command::MessageType::attach, sizeof(command::MessageHeader));
    if (!send_message(connection->get(), &request, sizeof request, {}))
        return system_error("cannot ask the data plane on", name);
    return receive_attachment(std::move(*connection), timeout);
}

std::vector<Reader> attach(const std::string& socket, std::string& problem) {
    constexpr std::chrono::seconds timeout(10);
    std::vector<Reader> readers;
    const auto attachment = attach(socket, std::chrono::milliseconds(timeout));
    if (attachment)
        for (const base::FileDescriptor& fd : attachment->rings)
            readers.push_back(Reader::open(fd.get()));
    problem = attachment ? "" : attachment.error().message;
    return readers;
}

}  // namespace baleen::ring
