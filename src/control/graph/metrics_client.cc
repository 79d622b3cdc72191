#include "control/graph/metrics_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/file_descriptor.h"
#include "base/no_sigpipe.h"

namespace baleen::graph {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t said_bytes_max = 1000;  // of its error output

struct Pipe {
    base::FileDescriptor reading, writing;
    static base::Result<Pipe> make() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            return base::Error{fmt::format("no pipe: {}", std::strerror(errno))};
        Pipe pipe;
        pipe.reading = base::FileDescriptor(ends[0]);
        pipe.writing = base::FileDescriptor(ends[1]);
        return pipe;
    }
};

std::string path_of(const std::string& program) {
    if (!program.empty()) return program;
    std::error_code failed;
    return (std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / "baleen-graph")
        .string();
}

base::Result<pid_t> start(const HelperOptions& options, int in, int out, int error) {
    const std::string path = path_of(options.program);
    std::string name = "baleen-graph", memory = fmt::format("{}", options.memory_bytes);
    std::string threads = "OMP_NUM_THREADS=1";
    char* argv[] = {name.data(), memory.data(), nullptr};
    char* environment[] = {threads.data(), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t child = -1;
    const int failed =
        ::posix_spawn(&child, path.c_str(), &actions, &attributes, argv, environment);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        return base::Error{fmt::format("cannot start {}: {}", path, std::strerror(failed))};
    return child;
}

enum class Talk { done, too_long, too_much };

// The request goes out while the answer and what it complains about come in.
class Conversation {
public:
    Conversation(std::span<const char> request, base::FileDescriptor to, base::FileDescriptor from,
                 base::FileDescriptor complaints, size_t answer_bytes_max)
        : request_(request),
          to_(std::move(to)),
          from_(std::move(from)),
          complaints_(std::move(complaints)),
          answer_bytes_max_(answer_bytes_max) {
        ::fcntl(to_.get(), F_SETFL, O_NONBLOCK);
    }
    Talk hold(Clock::time_point deadline) {
        while (from_ || complaints_) {
            pollfd ready[3] = {
                {to_.get(), POLLOUT, 0}, {from_.get(), POLLIN, 0}, {complaints_.get(), POLLIN, 0}};
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
            if (left.count() <= 0) return Talk::too_long;
            const auto wait_ms = std::min<int64_t>(left.count(), 60'000);
            if (::poll(ready, 3, static_cast<int>(wait_ms)) < 0 && errno != EINTR)
                return Talk::too_long;
            if (ready[0].revents != 0) send();
            if (ready[1].revents != 0 && !receive(from_, answer_, answer_bytes_max_))
                return Talk::too_much;
            if (ready[2].revents != 0 && !receive(complaints_, said_, said_bytes_max))
                return Talk::too_much;
        }
        return Talk::done;
    }
    const std::vector<char>& answer() const { return answer_; }
    std::string said() const {
        std::string text(said_.begin(), said_.end());
        return text.substr(0, text.find('\n'));
    }

private:
    void send() {
        const ssize_t written = ::write(to_.get(), request_.data(), request_.size());
        if (written < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (written > 0) request_ = request_.subspan(static_cast<size_t>(written));
        // All sent, or it listens no more: then it says why.
        if (written <= 0 || request_.empty()) to_ = base::FileDescriptor();
    }
    static bool receive(base::FileDescriptor& from, std::vector<char>& to, size_t bytes_max) {
        char part[65536];
        const ssize_t got = ::read(from.get(), part, sizeof part);
        if (got < 0 && errno == EINTR) return true;
        if (got <= 0) {
            from = base::FileDescriptor();
            return true;
        }
        to.insert(to.end(), part, part + got);
        return to.size() <= bytes_max;
    }

    std::span<const char> request_;
    base::FileDescriptor to_, from_, complaints_;
    size_t answer_bytes_max_;
    std::vector<char> answer_, said_;
};

std::string end_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    if (WIFSIGNALED(status)) return fmt::format("ended by signal {}", WTERMSIG(status));
    return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace

base::Result<MetricsAnswer> ask_helper(const MetricsRequest& request,
                                       const HelperOptions& options) {
    const base::NoSigpipe quiet;
    const std::vector<char> message = encode(request);
    if (const auto valid = decode_request(message); !valid)
        return base::Error{"metrics: " + valid.error().message};
    auto in = Pipe::make(), out = Pipe::make(), error = Pipe::make();
    for (const auto* pipe : {&in, &out, &error})
        if (!*pipe) return pipe->error();
    const auto child = start(options, in->reading.get(), out->writing.get(), error->writing.get());
    if (!child) return child.error();
    for (auto* end : {&in->reading, &out->writing, &error->writing}) *end = base::FileDescriptor();

    Conversation talk(message, std::move(in->writing), std::move(out->reading),
                      std::move(error->reading), answer_bytes_max(request));
    const Talk ended = talk.hold(Clock::now() + options.deadline);
    if (ended != Talk::done) ::kill(*child, SIGKILL);
    const std::string end = end_of(*child);
    if (ended == Talk::too_long)
        return base::Error{
            fmt::format("metrics of a graph with {} nodes and {} edges took longer than {} ms "
                        "(graph.metrics_deadline)",
                        request.node_count, request.edges.size(), options.deadline.count())};
    if (ended == Talk::too_much) return base::Error{"baleen-graph says more than it was asked"};
    if (!end.empty())
        return base::Error{talk.said().empty() ? "baleen-graph: " + end : talk.said()};
    return decode_answer(talk.answer(), request);
}

}  // namespace baleen::graph
