// Keeps the kernel from joining IP fragments on their way to the AF_PACKET driver.
//
// DPDK 22.11's net_af_packet puts its sockets into a fanout group with PACKET_FANOUT_FLAG_DEFRAG,
// and has no option to leave that out: fragments would arrive as one datagram that was never on the
// wire, cut to the frame size. The flag belongs to the group and cannot be taken off later, so it
// is taken out of the system call: this definition stands before the C library's for everything in
// the process. packet(7), PACKET_FANOUT: the low 16 bits are the group, the high ones mode and
// flags.
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

extern "C" __attribute__((visibility("default"))) int setsockopt(int fd, int level, int name,
                                                                 const void* value,
                                                                 socklen_t length) noexcept {
    uint32_t fanout = 0;
    if (level == SOL_PACKET && name == PACKET_FANOUT && length == sizeof fanout) {
        std::memcpy(&fanout, value, sizeof fanout);
        fanout &= ~(uint32_t{PACKET_FANOUT_FLAG_DEFRAG} << 16);
        value = &fanout;
    }
    return static_cast<int>(::syscall(SYS_setsockopt, fd, level, name, value, length));
}
