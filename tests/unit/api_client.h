// A client that sends whatever it is told to, well-formed or not, and a server to send it to.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "base/file_descriptor.h"
#include "control/api/server.h"

namespace baleen::test {

inline constexpr auto patience = std::chrono::seconds(10);

// Whether `holds` becomes true while somebody else works on it.
template <class Condition>
bool eventually(Condition holds) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

struct Answer {
    int status = 0;    // 0: none came
    std::string head;  // with its empty line
    std::string body;  // without framing
    bool is_whole = false;

    bool has(std::string_view field) const { return head.find(field) != std::string::npos; }
};

class Client {
public:
    explicit Client(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
            ADD_FAILURE() << "no connection to port " << port;
    }

    // False: the server has closed.
    bool send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<size_t>(sent));
        }
        return true;
    }
    void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }
    void close() { socket_ = base::FileDescriptor(); }
    void reset() {
        const linger now{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(socket_.release());
    }
    void receive_little(int bytes = 4096) {
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }

    // More of what comes; false: it has ended, or nothing came within our patience.
    bool receive(std::chrono::milliseconds wait = patience) {
        pollfd waiting{socket_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(wait.count())) <= 0) return false;
        char bytes[16384];
        const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, 0);
        if (got <= 0) return has_ended_ = true, was_reset_ = got < 0, false;
        in_.append(bytes, static_cast<size_t>(got));
        return true;
    }
    bool receive_until(std::string_view text) {
        while (in_.find(text) == std::string::npos)
            if (!receive()) return false;
        return true;
    }
    std::string take_received() { return std::move(in_); }
    const std::string& received() const { return in_; }
    // Everything up to the end of the connection.
    std::string receive_all() {
        while (receive()) {
        }
        return take_received();
    }
    // The server closed, and did so within our patience.
    bool is_closed() {
        while (receive()) {
        }
        return has_ended_;
    }
    bool was_reset() const { return was_reset_; }

    // The next answer; what is behind it stays.
    Answer answer(bool to_head = false) {
        Answer answer;
        if (!receive_until("\r\n\r\n")) return answer;
        const size_t end = in_.find("\r\n\r\n") + 4;
        answer.head = in_.substr(0, end);
        in_.erase(0, end);
        answer.status = std::atoi(answer.head.c_str() + sizeof "HTTP/1.1");
        EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 ")) << answer.head;
        answer.is_whole = true;
        if (to_head || answer.status == 304 || answer.status == 100) return answer;
        const size_t length = answer.head.find("Content-Length: ");
        if (length != std::string::npos)
            answer.is_whole =
                take(std::strtoul(answer.head.c_str() + length + 16, nullptr, 10), answer.body);
        else if (answer.has("Transfer-Encoding: chunked"))
            answer.is_whole = take_chunks(answer.body);
        else answer.body = receive_all();
        return answer;
    }
    Answer ask(std::string_view request) {
        send(request);
        return answer();
    }
    Answer get(std::string_view target, std::string_view fields = "") {
        return ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
                   std::string(fields) + "\r\n");
    }

private:
    bool take(size_t bytes, std::string& out) {
        while (in_.size() < bytes)
            if (!receive()) return false;
        out += in_.substr(0, bytes);
        in_.erase(0, bytes);
        return true;
    }
    bool take_chunks(std::string& out) {
        for (;;) {
            if (!receive_until("\r\n")) return false;
            const size_t size = std::strtoul(in_.c_str(), nullptr, 16);
            in_.erase(0, in_.find("\r\n") + 2);
            std::string end;
            if (!take(size, out) || !take(2, end)) return false;
            EXPECT_EQ(end, "\r\n");
            if (size == 0) return true;
        }
    }

    base::FileDescriptor socket_;
    std::string in_;
    bool has_ended_ = false, was_reset_ = false;
};

// A server on a port of its own, with the clock made faster by the test.
class ServerRun {
public:
    config::Settings::Api settings;
    api::Limits limits;
    api::Router router;
    api::EventHub hub{{.events_max = 512, .bytes_max = 256 * 1024}};

    ServerRun() {
        settings.listen = "127.0.0.1:0";
        limits.tick = std::chrono::milliseconds(10);
    }
    uint16_t start() {
        auto opened = api::Server::open(
            settings, router, hub, [](const std::string&) {}, limits);
        if (!opened) {
            ADD_FAILURE() << opened.error().message;
            return 0;
        }
        server = std::move(*opened);
        return server->port();
    }
    uint64_t refused(api::Refusal refusal) const { return server->snapshot().refused_for(refusal); }

    std::unique_ptr<api::Server> server;
};

}  // namespace baleen::test
