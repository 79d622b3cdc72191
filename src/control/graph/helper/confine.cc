#include "control/graph/helper/confine.h"

#include <sys/syscall.h>

#include <cerrno>

#include "base/seccomp.h"

namespace baleen::graph {
namespace {

// What glibc's malloc, stdio and exit need, and OpenMP with one thread.
constexpr unsigned kept[] = {
    SYS_read,          SYS_write,        SYS_close,           SYS_fstat,        SYS_newfstatat,
    SYS_lseek,         SYS_mmap,         SYS_munmap,          SYS_mremap,       SYS_mprotect,
    SYS_madvise,       SYS_brk,          SYS_futex,           SYS_exit,         SYS_exit_group,
    SYS_clock_gettime, SYS_gettimeofday, SYS_getrandom,       SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn,  SYS_getpid,       SYS_gettid,          SYS_tgkill,       SYS_sched_yield,
    SYS_getrusage,     SYS_prlimit64,    SYS_restart_syscall,
};

}  // namespace

bool confine() { return base::keep_only(kept, EPERM, base::Threads::none); }

}  // namespace baleen::graph
