#include "base/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace baleen::base {
namespace {

#if defined(__x86_64__)
constexpr unsigned machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned machine = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned machine = 0;
#endif

// The low half of a system call's first argument; both machines are little-endian.
constexpr uint32_t first_argument = offsetof(seccomp_data, args);

constexpr sock_filter load(uint32_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset); }
constexpr sock_filter answer(uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
// The jumps count instructions that are left out.
constexpr sock_filter if_equal(uint32_t value, uint8_t so, uint8_t otherwise) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, so, otherwise);
}
constexpr sock_filter if_bit(uint32_t bit, uint8_t so, uint8_t otherwise) {
    return BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bit, so, otherwise);
}

}  // namespace

bool keep_only(std::span<const unsigned> calls, uint16_t refusal, Threads threads) {
    if (machine == 0) return false;
    std::vector<sock_filter> program = {
        load(offsetof(seccomp_data, arch)),
        if_equal(machine, 1, 0),
        answer(SECCOMP_RET_KILL_PROCESS),
        load(offsetof(seccomp_data, nr)),
    };
    const auto add = [&](std::initializer_list<sock_filter> lines) {
        program.insert(program.end(), lines);
    };
    for (const unsigned call : calls) add({if_equal(call, 0, 1), answer(SECCOMP_RET_ALLOW)});
    if (threads == Threads::allowed)
        add({if_equal(SYS_clone3, 0, 1), answer(SECCOMP_RET_ERRNO | ENOSYS),
             if_equal(SYS_clone, 0, 3), load(first_argument), if_bit(CLONE_THREAD, 0, 1),
             answer(SECCOMP_RET_ALLOW)});
    add({answer(SECCOMP_RET_ERRNO | refusal)});
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace baleen::base
