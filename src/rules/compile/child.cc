#include "rules/compile/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/file_descriptor.h"

namespace baleen::rules::compile {
namespace {

constexpr int output_descriptor = 3;

[[noreturn]] void be_child(int output, pid_t parent,
                           const std::function<void(const ChildOutput&)>& work) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it was gone before that
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // Sockets and memory of the parent are not to be kept open by this.
    if (output != output_descriptor) ::dup2(output, output_descriptor);
    ::close_range(output_descriptor + 1, ~0u, 0);
    work(ChildOutput(output_descriptor));
    ::_exit(0);
}

// All that comes until the child closes its end; false after too long a silence.
bool read_all(int input, std::chrono::milliseconds silence_max, std::string& output) {
    std::array<char, 65536> part;
    for (;;) {
        pollfd ready = {input, POLLIN, 0};
        const auto deadline = std::chrono::steady_clock::now() + silence_max;
        int events = 0;
        do {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            events = ::poll(&ready, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
        } while (events < 0 && errno == EINTR);
        if (events <= 0) return false;
        const ssize_t got = ::read(input, part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return true;
        output.append(part.data(), static_cast<size_t>(got));
    }
}

}  // namespace

void ChildOutput::write(std::span<const char> bytes) const {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) ::_exit(1);
        bytes = bytes.subspan(static_cast<size_t>(written));
    }
}

ChildRun run_in_child(const std::function<void(const ChildOutput&)>& work,
                      std::chrono::milliseconds silence_max) {
    ChildRun run;
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        run.reason = fmt::format("no pipe: {}", ::strerror(errno));
        return run;
    }
    const base::FileDescriptor input(ends[0]);
    base::FileDescriptor output(ends[1]);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) be_child(output.get(), parent, work);
    if (child < 0) {
        run.reason = fmt::format("no further process: {}", ::strerror(errno));
        return run;
    }
    output = base::FileDescriptor();
    const bool ended = read_all(input.get(), silence_max, run.output);
    if (!ended) ::kill(child, SIGKILL);
    int status = 0;
    rusage usage{};
    while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    run.peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
    if (!ended) run.end = ChildRun::End::silent;
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) run.end = ChildRun::End::done;
    else if (WIFSIGNALED(status)) run.reason = fmt::format("ended by signal {}", WTERMSIG(status));
    else run.reason = "it could not write what it had to say";
    return run;
}

}  // namespace baleen::rules::compile
