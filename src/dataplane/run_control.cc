// rte_power_pause() is experimental in 22.11: it is no part of the stable ABI yet.
#define ALLOW_EXPERIMENTAL_API
#include "dataplane/run_control.h"

#include <rte_cpuflags.h>
#include <rte_cycles.h>
#include <rte_pause.h>
#include <rte_power_intrinsics.h>

namespace baleen::dataplane {

bool cpu_can_umwait() {
    rte_cpu_intrinsics found{};
    rte_cpu_get_intrinsics_support(&found);
    return found.power_pause != 0;
}

// The longest rest is what a packet may wait: 1 us, the timer's 50 us and more, 10 us. A queue of
// 1024 descriptors fills in 69 us at 10 Gbit/s and 64-byte packets (14.88 million a second).
void RunControl::rest() const {
    constexpr int pauses = 20;  // 40 to 140 cycles each, by generation
    switch (idle_) {
        case Idle::poll: break;
        case Idle::pause:
            for (int i = 0; i < pauses; i++) rte_pause();
            break;
        case Idle::sleep: std::this_thread::sleep_for(std::chrono::microseconds(20)); break;
        case Idle::umwait: rte_power_pause(rte_rdtsc() + rte_get_tsc_hz() / 100'000); break;
    }
}

}  // namespace baleen::dataplane
