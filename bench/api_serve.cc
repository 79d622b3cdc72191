// A server with next to nothing behind it, for wrk and for a thousand idle clients:
//
//     api_serve [KEY=VALUE]...          api.listen=127.0.0.1:8600, events 10 a second
//     wrk -t1 -c32 -d5 http://127.0.0.1:8600/at-once      (or /question, /source)
//
// Ends with the end of standard input; then tells what it counted.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "config/loader.h"
#include "control/api/server.h"

using namespace baleen;

namespace {

api::Response small(const api::Request&) {
    api::Response response;
    response.content_type = "application/json";
    response.body = R"({"packets":123456789,"bytes":9876543210})";
    return response;
}

class Mebibyte : public api::BodySource {
public:
    bool next(std::string& out) override {
        out.append(64 * 1024, 'x');
        return ++pieces_ < 16;
    }

private:
    int pieces_ = 0;
};

api::Response source(const api::Request&) {
    api::Response response;
    response.content_type = "application/octet-stream";
    response.source = std::make_unique<Mebibyte>();
    return response;
}

}  // namespace

int main(int argc, char** argv) {
    config::Settings settings;
    for (int i = 1; i < argc; i++)
        for (const std::string& problem : config::apply_assignment(argv[i], settings)) {
            fmt::print(stderr, "{}\n", problem);
            return 2;
        }
    const auto tell = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
    api::Router router;
    router.add({api::Method::get, "/at-once", api::Role::none, small, api::Threads::io});
    router.add({api::Method::get, "/question", api::Role::none, small});
    router.add({api::Method::get, "/source", api::Role::none, source});
    api::EventHub hub;
    auto server = api::Server::open(settings.api, std::move(router), hub, tell);
    if (!server) {
        tell(server.error().message);
        return 1;
    }
    for (pollfd input{STDIN_FILENO, POLLIN, 0}; ::poll(&input, 1, 100) == 0;)
        hub.publish("counters", R"({"rx_packets_per_s":1234567,"rx_bits_per_s":9876543210})");
    const api::Snapshot counted = (*server)->snapshot();
    fmt::print("connections {} streams {} answered {} refused", counted.connections,
               counted.streams, counted.requests_by_class[2]);
    for (size_t i = 0; i < api::refusal_count; i++)
        if (counted.refused[i] > 0)
            fmt::print(" {} {}", name_of(static_cast<api::Refusal>(i)), counted.refused[i]);
    fmt::print(" events {} skipped {} tx {}\n", counted.events_sent, counted.events_skipped,
               counted.tx_bytes);
    return 0;
}
