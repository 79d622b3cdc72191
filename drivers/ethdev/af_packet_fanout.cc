// Makes the AF_PACKET driver's sockets share packets by host pair, and see fragments as they are.
//
// DPDK 22.11's net_af_packet puts the sockets of a port into a fanout group with three properties
// that it has no option for and that do harm here. Its hash takes the ports where there are any, so
// the fragments of a datagram part from the rest of their flow. PACKET_FANOUT_FLAG_ROLLOVER hands
// packets for a full socket to another one, so a flow is split under load. And with
// PACKET_FANOUT_FLAG_DEFRAG fragments would arrive as one datagram that was never on the wire, cut
// to the frame size. None can be changed in a group later, so the system call is changed: this
// definition stands before the C library's for everything in the process. packet(7), PACKET_FANOUT:
// the low 16 bits are the group, the high ones mode and flags.
#include "drivers/ethdev/af_packet_fanout.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace {

using baleen::drivers::fanout_multiplier;
using baleen::drivers::fanout_shift;

constexpr uint32_t network(uint32_t offset) { return static_cast<uint32_t>(SKF_NET_OFF) + offset; }
constexpr uint32_t protocol_word = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);

// Each pair of lines: the sum so far to X, the next word to A, exclusive or.
#define BALEEN_FOLD_WORD(offset)                                                          \
    BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, network(offset)), \
        BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)

// The kernel takes the result modulo the number of sockets. What is not IP, or too short, is 0.
const auto host_pair_program = std::to_array<sock_filter>({
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, protocol_word),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 5),  // no: on to IPv6
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, network(12)),      // RFC 791: addresses at 12 and 16
    BALEEN_FOLD_WORD(16),
    BPF_JUMP(BPF_JMP | BPF_JA, 24, 0, 0),  // to the end
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, 0),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, network(8)),  // RFC 8200: addresses from 8 to 40
    BALEEN_FOLD_WORD(12),
    BALEEN_FOLD_WORD(16),
    BALEEN_FOLD_WORD(20),
    BALEEN_FOLD_WORD(24),
    BALEEN_FOLD_WORD(28),
    BALEEN_FOLD_WORD(32),
    BALEEN_FOLD_WORD(36),
    BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, fanout_multiplier),
    BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, fanout_shift),
    BPF_STMT(BPF_RET | BPF_A, 0),
});

long set_option(int fd, int level, int name, const void* value, socklen_t length) {
    return ::syscall(SYS_setsockopt, fd, level, name, value, length);
}

long join_by_host_pair(int fd, uint32_t group) {
    const uint32_t fanout = (group & 0xffff) | uint32_t{PACKET_FANOUT_CBPF} << 16;
    if (const long code = set_option(fd, SOL_PACKET, PACKET_FANOUT, &fanout, sizeof fanout);
        code != 0)
        return code;
    // The group's program; each member that joins sets the same again.
    sock_fprog program{static_cast<unsigned short>(host_pair_program.size()),
                       const_cast<sock_filter*>(host_pair_program.data())};
    return set_option(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int setsockopt(int fd, int level, int name,
                                                                 const void* value,
                                                                 socklen_t length) noexcept {
    uint32_t fanout = 0;
    if (level == SOL_PACKET && name == PACKET_FANOUT && length == sizeof fanout) {
        std::memcpy(&fanout, value, sizeof fanout);
        return static_cast<int>(join_by_host_pair(fd, fanout));
    }
    return static_cast<int>(set_option(fd, level, name, value, length));
}
