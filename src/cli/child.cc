#include "cli/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

namespace baleen::cli {

base::Result<Child> Child::start(const std::string& program, std::vector<std::string> arguments,
                                 const std::vector<int>& inherited, int signal_when_orphaned,
                                 ChildOutput output) {
    std::error_code failed;
    const auto here = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
    const std::string path = (here / program).string();
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);

    Child child;
    child.pid_ = ::fork();
    if (child.pid_ < 0)
        return base::Error{fmt::format("cannot start {}: {}", program, std::strerror(errno))};
    if (child.pid_ == 0) {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, signal_when_orphaned);
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        if (output.out >= 0) ::dup2(output.out, STDOUT_FILENO);
        if (output.error >= 0) ::dup2(output.error, STDERR_FILENO);
        for (const int fd : inherited) ::fcntl(fd, F_SETFD, 0);
        ::execv(path.c_str(), argv.data());
        std::fprintf(stderr, "baleen: cannot start %s: %s\n", path.c_str(), std::strerror(errno));
        ::_exit(127);
    }
    child.pid_fd_ =
        base::FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
    return child;
}

bool Child::reap() {
    if (status_) return true;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    status_ = status;
    return true;
}

void Child::signal(int number) const {
    if (running()) ::kill(pid_, number);
}

int Child::exit_status() const {
    return status_ && WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 1;
}

std::optional<int> Child::killed_by() const {
    if (status_ && WIFSIGNALED(*status_)) return WTERMSIG(*status_);
    return std::nullopt;
}

}  // namespace baleen::cli
