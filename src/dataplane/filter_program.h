// From classic BPF, which libpcap makes of a filter, to the eBPF that DPDK's rte_bpf compiles.
//
// Why not rte_bpf_convert(): in DPDK 22.11 what it makes reads past the packet when a filter takes
// an offset from the packet (the offset plus 4 wraps around, which a sender can bring about), its
// JSET with a small constant is encoded wrongly, and so are some jumps to an exit that lies behind.
// Here every offset is bounded before it is used, every JSET tests a register, and the only exit is
// at the end; tests/unit/filter_jit_test.cc compares with libpcap.
#pragma once

#include <pcap/pcap.h>

#include <cstdint>
#include <optional>
#include <vector>

struct ebpf_insn;

namespace baleen::dataplane {

// Packets of more bytes are for the interpreter: rte_mbuf counts in 16 bits, and so do the bounds
// of offsets.
inline constexpr uint32_t jit_packet_bytes_max = UINT16_MAX;

// A program over an rte_mbuf of one segment, whose hash.rss is the packet's length on the wire.
// Nothing: an instruction that libpcap's compiler does not make.
std::optional<std::vector<ebpf_insn>> convert_filter(const bpf_program& program);

}  // namespace baleen::dataplane
