#include "control/process/helper_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/no_sigpipe.h"

namespace baleen::process {
namespace {

constexpr size_t read_bytes = 1 << 16;
constexpr size_t complaints_bytes_max = 4096;
// How often it is looked whether the asker has gone.
constexpr int look_interval_ms = 50;
// And whether a process that says nothing more has ended.
constexpr unsigned end_interval_us = 2000;

struct Pipe {
    base::FileDescriptor read, write;
};

base::Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return base::Error{fmt::format("there is no pipe: {}", std::strerror(errno))};
    return Pipe{base::FileDescriptor(ends[0]), base::FileDescriptor(ends[1])};
}

// What else a process was given.
constexpr int handed_number = 3;

// Where a process finds it; the copy does not close on exec.
void hand(int fd) {
    if (fd == handed_number) ::fcntl(fd, F_SETFD, 0);
    else if (fd >= 0) ::dup2(fd, handed_number);
}

// Between fork and exec of a program with threads: system calls alone. None of the descriptors has
// one of the numbers 0 to 2.
[[noreturn]] void become(const char* path, char* const* argv, char* const* environment,
                         const Limits& limits, const std::array<int, 3>& standard, int handed) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int i = 0; i < 3; i++) ::dup2(standard[static_cast<size_t>(i)], i);
    hand(handed);
    // Libraries open descriptors that would stay open: connections of the API are among them.
    ::close_range(handed >= 0 ? handed_number + 1 : handed_number, ~0u, CLOSE_RANGE_CLOEXEC);
    if (limits.memory_bytes > 0) {
        const rlimit memory{limits.memory_bytes, limits.memory_bytes};
        ::setrlimit(RLIMIT_AS, &memory);
    }
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::execve(path, argv, environment);
    ::_exit(127);
}

}  // namespace

base::Result<HelperProcess> HelperProcess::start(const std::string& program,
                                                 std::vector<std::string> arguments,
                                                 const Limits& limits, int handed) {
    std::error_code failed;
    const auto here = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
    const std::string path = (here / program).string();
    if (::access(path.c_str(), X_OK) != 0)
        return base::Error{fmt::format("{} is not there: {}", path, std::strerror(errno))};
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    // Threads of a helper would take cores from those who poll.
    std::string one_thread = "OMP_NUM_THREADS=1", plain_locale = "LC_ALL=C";
    char* environment[] = {one_thread.data(), plain_locale.data(), nullptr};

    auto input = make_pipe(), output = make_pipe(), errors = make_pipe();
    for (const auto* pipe : {&input, &output, &errors})
        if (!*pipe) return pipe->error();
    HelperProcess out;
    out.program_ = program;
    out.limits_ = limits;
    out.pid_ = ::fork();
    if (out.pid_ < 0)
        return base::Error{fmt::format("cannot start {}: {}", program, std::strerror(errno))};
    if (out.pid_ == 0)
        become(path.c_str(), argv.data(), environment, limits,
               {input->read.get(), output->write.get(), errors->write.get()}, handed);
    out.input_ = std::move(input->write);
    out.output_ = std::move(output->read);
    out.errors_ = std::move(errors->read);
    for (const auto* fd : {&out.input_, &out.output_, &out.errors_})
        ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
    return out;
}

HelperProcess::HelperProcess(HelperProcess&& other) noexcept
    : program_(std::move(other.program_)),
      limits_(other.limits_),
      pid_(std::exchange(other.pid_, -1)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)),
      given_(std::move(other.given_)),
      fed_(other.fed_),
      is_all_given_(other.is_all_given_),
      complaints_(std::move(other.complaints_)) {}

HelperProcess::~HelperProcess() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void HelperProcess::give(std::string input) {
    given_ = std::move(input);
    fed_ = 0;
    is_all_given_ = true;
    feed();
}

void HelperProcess::say(std::string_view text) {
    given_.erase(0, std::exchange(fed_, 0));
    given_ += text;
    feed();
}

void HelperProcess::limit(std::chrono::steady_clock::time_point deadline,
                          const std::atomic<bool>* cancelled) {
    limits_.deadline = deadline;
    limits_.cancelled = cancelled;
}

void HelperProcess::feed() {
    const base::NoSigpipe quiet;
    while (input_ && fed_ < given_.size()) {
        const ssize_t wrote = ::write(input_.get(), given_.data() + fed_, given_.size() - fed_);
        if (wrote < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (wrote < 0) is_all_given_ = true;  // it does not want more
        if (wrote < 0) break;
        fed_ += static_cast<size_t>(wrote);
    }
    if (is_all_given_) input_ = {};
}

base::Status HelperProcess::wait() {
    for (;;) {
        if (limits_.cancelled != nullptr && limits_.cancelled->load(std::memory_order_relaxed))
            return base::Error{"nobody waits for it any more"};
        if (std::chrono::steady_clock::now() >= limits_.deadline)
            return base::Error{fmt::format("{} took too long", program_)};
        pollfd watched[] = {{output_.get(), POLLIN, 0},
                            {errors_ ? errors_.get() : -1, POLLIN, 0},
                            {input_ && fed_ < given_.size() ? input_.get() : -1, POLLOUT, 0}};
        ::poll(watched, 3, look_interval_ms);
        if (watched[2].revents != 0) feed();
        if (watched[1].revents != 0) {
            char text[complaints_bytes_max];
            const ssize_t got = ::read(errors_.get(), text, sizeof text);
            if (got == 0) errors_ = {};
            const size_t room = complaints_bytes_max - complaints_.size();
            if (got > 0) complaints_.append(text, std::min(static_cast<size_t>(got), room));
        }
        if (watched[0].revents != 0) return base::Ok{};
    }
}

base::Result<bool> HelperProcess::read(std::string& out) {
    for (;;) {
        if (auto status = wait(); !status) return status.error();
        const size_t before = out.size();
        out.resize(before + read_bytes);
        const ssize_t got = ::read(output_.get(), out.data() + before, read_bytes);
        out.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
        if (got > 0) return true;
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        return end();
    }
}

base::Result<bool> HelperProcess::end() {
    char text[complaints_bytes_max];
    for (ssize_t got; errors_ && complaints_.size() < complaints_bytes_max &&
                      (got = ::read(errors_.get(), text, sizeof text)) > 0;)
        complaints_.append(
            text, std::min(static_cast<size_t>(got), complaints_bytes_max - complaints_.size()));
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() >= limits_.deadline) ::kill(pid_, SIGKILL);
        ::usleep(end_interval_us);
    }
    pid_ = -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return false;
    while (!complaints_.empty() && complaints_.back() == '\n') complaints_.pop_back();
    if (WIFSIGNALED(status))
        return base::Error{fmt::format("{} was ended by signal {}{}{}", program_, WTERMSIG(status),
                                       complaints_.empty() ? "" : ": ", complaints_)};
    if (!complaints_.empty()) return base::Error{complaints_};
    return base::Error{fmt::format("{} ended with status {}", program_, WEXITSTATUS(status))};
}

base::Result<std::string> HelperProcess::read_all(size_t bytes_max) {
    std::string out;
    for (;;) {
        const auto more = read(out);
        if (!more) return more.error();
        if (!*more) return out;
        if (out.size() > bytes_max)
            return base::Error{fmt::format("{} says more than {} bytes", program_, bytes_max)};
    }
}

}  // namespace baleen::process
