// baleen-sharkd: becomes Wireshark's sharkd, with as few rights as that can do with.
//
//     baleen-sharkd [SHARKD] 3< CAPTURE
//
// Dissectors of thousands of protocols read bytes here that anybody may have sent, and sharkd's
// manual page warns of showing it to those one does not trust. So it runs as nobody, makes no
// connection and no process, writes no file and reads none but Wireshark's own, and has its limits
// of memory and time; it says what it finds on the pipes that it was started with, and it reads the
// capture from descriptor 3 (/proc/self/fd/3).
#include <fmt/format.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/seccomp.h"
#include "control/sharkd/helper/landlock.h"

namespace {

using namespace baleen;

constexpr int exit_failure = 1;
// As a shell has it: there is no such program.
constexpr int exit_absent = 127;

constexpr const char* usual_places[] = {"/usr/bin/sharkd", "/usr/local/bin/sharkd"};
// Wireshark's tables and libraries; names of time zones; the capture.
constexpr const char* readable[] = {
    "/usr/lib",           "/usr/lib64",  "/usr/local/lib", "/usr/share",       "/usr/local/share",
    "/etc/wireshark",     "/lib",        "/lib64",         "/etc/ld.so.cache", "/etc/localtime",
    "/etc/nsswitch.conf", "/etc/passwd", "/dev/urandom",   "/dev/null"};

constexpr uid_t nobody = 65534;
// Dissecting 50 000 packets takes 3 s of a core, and a display filter over them 2 s.
constexpr rlim_t cpu_s_max = 600;
constexpr rlim_t files_max = 64;

// What sharkd, its libraries and the loader were seen to call, and what else glibc's malloc, stdio
// and threads may. No call that makes a socket or a process, and none that changes a file.
constexpr unsigned kept[] = {
    SYS_access,
    SYS_brk,
    SYS_capget,
    SYS_clock_getres,
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_close,
    SYS_dup,
    SYS_dup2,
    SYS_dup3,
    SYS_epoll_create1,
    SYS_eventfd2,
    SYS_execve,
    SYS_exit,
    SYS_exit_group,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_fadvise64,
    SYS_fcntl,
    SYS_fstat,
    SYS_fstatfs,
    SYS_futex,
    SYS_getcwd,
    SYS_getdents64,
    SYS_getegid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getpid,
    SYS_getppid,
    SYS_getrandom,
    SYS_getresgid,
    SYS_getresuid,
    SYS_getrlimit,
    SYS_getrusage,
    SYS_gettid,
    SYS_gettimeofday,
    SYS_getuid,
    SYS_ioctl,
    SYS_lseek,
    SYS_lstat,
    SYS_madvise,
    SYS_mmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_munmap,
    SYS_nanosleep,
    SYS_newfstatat,
    SYS_open,
    SYS_openat,
    SYS_pipe2,
    SYS_poll,
    SYS_ppoll,
    SYS_prctl,
    SYS_pread64,
    SYS_prlimit64,
    SYS_read,
    SYS_readlink,
    SYS_readlinkat,
    SYS_readv,
    SYS_restart_syscall,
    SYS_rseq,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sched_getaffinity,
    SYS_sched_yield,
    SYS_set_robust_list,
    SYS_set_tid_address,
    SYS_sigaltstack,
    SYS_stat,
    SYS_statfs,
    SYS_statx,
    SYS_sysinfo,
    SYS_tgkill,
    SYS_uname,
    SYS_write,
    SYS_writev,
#if defined(__x86_64__)
    SYS_arch_prctl,
#endif
};

int fail(int status, const std::string& sentence) {
    fmt::print(stderr, "baleen-sharkd: {}\n", sentence);
    return status;
}

const char* find_sharkd(int argc, char** argv) {
    if (argc == 2) return ::access(argv[1], X_OK) == 0 ? argv[1] : nullptr;
    for (const char* place : usual_places)
        if (::access(place, X_OK) == 0) return place;
    return nullptr;
}

bool limit(__rlimit_resource what, rlim_t amount) {
    const rlimit both{amount, amount};
    return ::setrlimit(what, &both) == 0;
}

// Another user, if this one could be.
bool become_nobody() {
    if (::geteuid() != 0) return true;
    return ::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
           ::setresuid(nobody, nobody, nobody) == 0;
}

}  // namespace

int main(int argc, char** argv) {
    const char* sharkd = find_sharkd(argc, argv);
    if (argc > 2 || sharkd == nullptr)
        return fail(exit_absent,
                    "Wireshark's sharkd is not installed; Debian's package "
                    "wireshark-common has it");
    if (!limit(RLIMIT_CPU, cpu_s_max) || !limit(RLIMIT_NOFILE, files_max) ||
        !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_CORE, 0))
        return fail(exit_failure, fmt::format("limits: {}", std::strerror(errno)));
    if (!become_nobody())
        return fail(exit_failure, fmt::format("cannot become nobody: {}", std::strerror(errno)));
    // A change of user has taken it away.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A kernel without Landlock leaves it what nobody may read.
    if (!sharkd::read_only(readable, sharkd))
        fmt::print(stderr, "baleen-sharkd: the kernel does not confine it to folders\n");
    if (!base::keep_only(kept, ENOSYS, base::Threads::allowed))
        return fail(exit_failure, "the kernel does not confine it (seccomp)");
    // Of its user's own settings it finds none.
    const char* const environment[] = {"HOME=/nonexistent", "LC_ALL=C.UTF-8", nullptr};
    const char* const arguments[] = {"sharkd", "-", nullptr};
    ::execve(sharkd, const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
    return fail(exit_failure, fmt::format("{}: {}", sharkd, std::strerror(errno)));
}
