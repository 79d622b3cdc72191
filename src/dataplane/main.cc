// baleen-dataplane: owns the packets. Reads its configuration, builds the pipeline, serves the
// socket, and ends when the files are read or a signal says so.
#include <fmt/format.h>
#include <getopt.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "config/loader.h"
#include "dataplane/command_server.h"
#include "dataplane/pipeline.h"
#include "ring/attach.h"

namespace {

using baleen::base::FileDescriptor;
using baleen::config::Settings;
using baleen::dataplane::CommandServer;
using baleen::dataplane::Pipeline;
using Clock = std::chrono::steady_clock;

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

// Replayed packets can be read to the end in less: how long a finished run may go unnoticed.
constexpr int housekeeping_interval_ms = 5;
constexpr uint64_t supervised_clients = 2;
constexpr auto port_interval = std::chrono::milliseconds(200);

int fail(int status, const std::string& sentence) {
    fmt::print(stderr, "baleen-dataplane: {}\n", sentence);
    return status;
}

struct Arguments {
    Settings settings;
    int socket_fd = -1;
    uint64_t run_id = 0;
    pid_t supervisor = 0;  // 0: none
};

// 0: go on.
int parse_arguments(int argc, char** argv, Arguments& out) {
    const option options[] = {{"config", required_argument, nullptr, 'c'},
                              {"set", required_argument, nullptr, 's'},
                              {"socket-fd", required_argument, nullptr, 'f'},
                              {"run-id", required_argument, nullptr, 'r'},
                              {"supervisor", required_argument, nullptr, 'p'},
                              {}};
    baleen::config::Problems problems;
    const auto add = [&](baleen::config::Problems more) {
        problems.insert(problems.end(), more.begin(), more.end());
    };
    for (int option; (option = ::getopt_long(argc, argv, "c:", options, nullptr)) != -1;) {
        switch (option) {
            case 'c': add(baleen::config::load_file(optarg, out.settings)); break;
            case 's': add(baleen::config::apply_assignment(optarg, out.settings)); break;
            case 'f': out.socket_fd = std::atoi(optarg); break;
            case 'r': out.run_id = std::strtoull(optarg, nullptr, 10); break;
            case 'p': out.supervisor = std::atoi(optarg); break;
            default:
                return fail(exit_usage, "usage: baleen-dataplane [-c FILE] [--set KEY=VALUE]...");
        }
    }
    add(baleen::config::check(out.settings));
    if (out.settings.source.devices.empty() && out.settings.source.files.empty())
        problems.push_back(
            "neither source.devices nor source.files is set: there is nothing to capture from");
    for (const std::string& problem : problems) fail(exit_usage, problem);
    return problems.empty() ? 0 : exit_usage;
}

FileDescriptor watch_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Socket, signals, port counters: until the workers have ended and the readers have everything.
class MainLoop {
public:
    MainLoop(Pipeline& pipeline, CommandServer& server, FileDescriptor signals)
        : pipeline_(pipeline), server_(server), signals_(std::move(signals)) {}

    // Under a supervisor, the run does not end before both it and the control process have
    // attached: a short run may be over before they have come that far.
    void run(pid_t supervisor, int64_t drain_timeout_ns) {
        while (!pipeline_.ended()) turn();
        housekeep();
        // A timeout of "off" is a length too great to add to now.
        const auto wait = std::chrono::nanoseconds(std::min(drain_timeout_ns, INT64_MAX / 4));
        const auto deadline = Clock::now() + wait;
        const auto ready = [&] {
            // A supervisor that has died attaches no more.
            const bool awaited = supervisor != 0 && ::getppid() == supervisor;
            return pipeline_.readers_have_all() &&
                   (!awaited || server_.attached_count() >= supervised_clients);
        };
        while (!ready() && !aborted_ && Clock::now() < deadline) turn();
    }

    // Until the first rules have come, a signal says stop, or nobody is left who would bring them.
    void wait_for_rules(pid_t supervisor) {
        while (pipeline_.waits_for_rules() && !stopping_ &&
               (supervisor == 0 || ::getppid() == supervisor))
            turn();
    }

    bool aborted() const { return aborted_; }

private:
    void turn() {
        std::vector<pollfd> watched = server_.watched();
        watched.push_back({signals_.get(), POLLIN, 0});
        ::poll(watched.data(), watched.size(), housekeeping_interval_ms);
        if ((watched.back().revents & POLLIN) != 0) take_signals();
        server_.serve(std::span(watched).first(watched.size() - 1));
        if (Clock::now() - ports_seen_ < port_interval) return;
        ports_seen_ = Clock::now();
        housekeep();
    }

    void housekeep() {
        for (const std::string& notice : pipeline_.housekeep())
            fmt::print(stderr, "baleen: {}\n", notice);
    }

    void take_signals() {
        signalfd_siginfo info;
        while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
            aborted_ = stopping_;
            stopping_ = true;
            pipeline_.stop();
        }
    }

    Pipeline& pipeline_;
    CommandServer& server_;
    FileDescriptor signals_;
    Clock::time_point ports_seen_ = Clock::now();
    bool stopping_ = false;
    bool aborted_ = false;
};

// Where `baleen capture trigger` asks. Capture goes on without it.
void open_capture_socket(const Pipeline& pipeline, const std::string& name,
                         std::vector<FileDescriptor>& listeners) {
    if (!pipeline.has_history() || name.empty()) return;
    auto opened = baleen::ring::listen_socket(name);
    if (opened) listeners.push_back(std::move(*opened));
    else fmt::print(stderr, "baleen: no capture.socket: {}\n", opened.error().message);
}

uint64_t new_run_id() {
    return static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                 std::chrono::microseconds(1));
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    if (const int status = parse_arguments(argc, argv, arguments); status != 0) return status;
    FileDescriptor signals = watch_signals();

    FileDescriptor listener(arguments.socket_fd);
    if (!listener) {
        auto opened = baleen::ring::listen_socket(arguments.settings.run.socket);
        if (!opened) return fail(exit_failure, opened.error().message);
        listener = std::move(*opened);
    }

    std::vector<std::string> notices;
    auto pipeline = Pipeline::create(
        arguments.settings, arguments.run_id != 0 ? arguments.run_id : new_run_id(), notices);
    for (const std::string& notice : notices) fmt::print(stderr, "baleen: {}\n", notice);
    if (!pipeline) return fail(exit_failure, pipeline.error().message);

    std::vector<FileDescriptor> listeners;
    listeners.push_back(std::move(listener));
    open_capture_socket(**pipeline, arguments.settings.capture.socket, listeners);
    if ((*pipeline)->has_rules()) baleen::match::StreamMemory::install();
    CommandServer server(
        std::move(listeners), (*pipeline)->run_id(), (*pipeline)->stats_fd().get(),
        (*pipeline)->ring_fds(),
        [&](const FileDescriptor& image) -> CommandServer::RulesTaken {
            const auto loaded = (*pipeline)->load_rules(image);
            if (!loaded) return {0, 0, loaded.error().message};
            return {loaded->generation, loaded->generations, ""};
        },
        [&](const baleen::command::TriggerCapture& trigger) {
            return (*pipeline)->trigger_capture({trigger.flow_id, trigger.filter,
                                                 std::max<int64_t>(trigger.before_ns, 0),
                                                 std::max<int64_t>(trigger.after_ns, 0)});
        });
    MainLoop loop(**pipeline, server, std::move(signals));
    loop.wait_for_rules(arguments.supervisor);
    (*pipeline)->start();
    loop.run(arguments.supervisor, arguments.settings.run.drain_timeout_ns);
    (*pipeline)->join();
    const auto problems = (*pipeline)->problems();
    for (const std::string& problem : problems) fail(exit_failure, problem);
    return problems.empty() && !loop.aborted() ? exit_ok : exit_failure;
}
