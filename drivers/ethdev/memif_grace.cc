// Gives workers time to leave a memif's memory before the driver takes it away.
//
// When the other side of a memif goes, DPDK 22.11's net_memif says "not connected" and at once, in
// the thread of interrupts, unmaps the rings and buffers (memif_disconnect() in rte_eth_memif.c). A
// worker that is in the middle of a burst has looked at that flag before, and reads memory that is
// gone. The driver has no lock for it, so the system call is changed: this definition stands before
// the C library's for everything in the process, and waits where that thread unmaps.
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

namespace {

// As EAL names the thread that handles interrupts.
constexpr char interrupt_thread[] = "eal-intr-thread";

// A burst takes microseconds; a worker that lost its core in one gets it back after some
// milliseconds. Peers go seldom, and two or three stretches of memory are unmapped then.
constexpr timespec grace = {.tv_sec = 0, .tv_nsec = 20'000'000};

bool is_interrupt_thread() {
    char name[16] = {};
    return ::pthread_getname_np(::pthread_self(), name, sizeof name) == 0 &&
           std::strcmp(name, interrupt_thread) == 0;
}

}  // namespace

extern "C" int munmap(void* address, size_t bytes) noexcept {
    if (is_interrupt_thread()) ::nanosleep(&grace, nullptr);
    return static_cast<int>(::syscall(SYS_munmap, address, bytes));
}
