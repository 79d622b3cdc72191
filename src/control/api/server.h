// The HTTP server of the control process.
//
// Owns: one I/O thread, which has all sockets, and a few question threads, on which handlers run.
// Everything is bounded by the configuration and by Limits; what is refused has a named counter
// (counters.h). docs/api.md tells what clients see.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "config/settings.h"
#include "control/api/counters.h"
#include "control/api/event_hub.h"
#include "control/api/router.h"

namespace baleen::api {

// What nobody needs to configure; tests shorten it.
struct Limits {
    std::chrono::milliseconds header_timeout{10'000};  // from the first byte, or to end a handshake
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds idle_timeout{60'000};
    std::chrono::milliseconds write_timeout{30'000};  // without progress
    std::chrono::milliseconds linger_timeout{2'000};  // for what a refused client still sends
    std::chrono::milliseconds heartbeat_interval{15'000};
    std::chrono::milliseconds tick{250};  // how exactly all of these are kept
    size_t header_bytes = 16 * 1024;
    size_t target_bytes = 8 * 1024;
};

class Server {
public:
    using Log = std::function<void(const std::string&)>;  // from any of the server's threads

    // Listens, and answers from here on. `hub` and what the handlers use outlive the server.
    static base::Result<std::unique_ptr<Server>> open(const config::Settings::Api& settings,
                                                      Router router, EventHub& hub, const Log& tell,
                                                      Limits limits = {});
    ~Server();
    Server(const Server&) = delete;

    uint16_t port() const;
    Snapshot snapshot() const;
    // Closes everything and waits for the handlers that run, which are cancelled.
    void stop();

private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace baleen::api
