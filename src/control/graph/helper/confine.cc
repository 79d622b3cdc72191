#include "control/graph/helper/confine.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace baleen::graph {
namespace {

#if defined(__x86_64__)
constexpr unsigned machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned machine = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned machine = 0;
#endif

// What glibc's malloc, stdio and exit need, and OpenMP with one thread.
constexpr unsigned allowed[] = {
    SYS_read,          SYS_write,        SYS_close,           SYS_fstat,        SYS_newfstatat,
    SYS_lseek,         SYS_mmap,         SYS_munmap,          SYS_mremap,       SYS_mprotect,
    SYS_madvise,       SYS_brk,          SYS_futex,           SYS_exit,         SYS_exit_group,
    SYS_clock_gettime, SYS_gettimeofday, SYS_getrandom,       SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn,  SYS_getpid,       SYS_gettid,          SYS_tgkill,       SYS_sched_yield,
    SYS_getrusage,     SYS_prlimit64,    SYS_restart_syscall,
};

}  // namespace

bool confine() {
    if (machine == 0) return false;
    std::vector<sock_filter> program = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    };
    for (const unsigned number : allowed) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace baleen::graph
