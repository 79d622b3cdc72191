// What the XDP program and its loader share: keys and values of the maps in steer.bpf.c.
//
// Why one header: the two are compiled by different compilers for different machines; a layout that
// is written down once can't differ. So this is C, and every struct is free of padding, because
// the kernel hashes and compares keys as bytes.
#pragma once

#include <linux/types.h>

// NOLINTBEGIN(readability-identifier-naming): names as C programs for the kernel have them.

// Rows of the map `counts`: what became of the packets that the kernel has seen.
// seen = redirected + passed + shunted.
enum steer_fate {
    steer_seen,
    steer_redirected,  // to the capturing socket of their queue
    steer_passed,      // no socket has bound their queue: on to the kernel's network stack
    steer_shunted,     // the configuration says not to capture them: on to the stack as well
    steer_fate_count,
};

struct steer_count {
    __u64 packets;
    __u64 bytes;  // frame length without the check sequence
};

// The one value of the map `settings`. Before `running` is set, everything passes uncounted.
struct steer_settings {
    __u32 running;
    __u32 flow_count;    // 0: the flow table need not be asked
    __u32 prefix_count;  // 0: nor the prefixes
    __u32 reserved;
};

// Words in network order, as they lie in the packet; IPv4 as ::ffff:a.b.c.d.
struct steer_address {
    __u64 words[2];
};

// Matches packets with any VLAN tag and with none.
#define STEER_VLAN_ANY 0xffff

// Key of a flow, the same for both directions: see steer_in_order().
struct steer_flow {
    struct steer_address a;
    struct steer_address b;
    __be16 a_port;
    __be16 b_port;
    __u16 vlan_id;
    __u8 protocol;
    __u8 reserved;
};

// Key of the map `shunt_prefixes`, as BPF_MAP_TYPE_LPM_TRIE wants it.
struct steer_prefix {
    __u32 length_bits;  // of the IPv6 form: 96 more than an IPv4 prefix has
    __u8 address[16];
};

// Whether end a comes before end b. Any order will do, if both sides mean the same one.
static inline int steer_in_order(const struct steer_flow* flow) {
    if (flow->a.words[1] != flow->b.words[1]) return flow->a.words[1] < flow->b.words[1];
    if (flow->a.words[0] != flow->b.words[0]) return flow->a.words[0] < flow->b.words[0];
    return flow->a_port <= flow->b_port;
}

static inline void steer_put_in_order(struct steer_flow* flow) {
    if (steer_in_order(flow)) return;
    const struct steer_address address = flow->a;
    const __be16 port = flow->a_port;
    flow->a = flow->b;
    flow->a_port = flow->b_port;
    flow->b = address;
    flow->b_port = port;
}

// NOLINTEND(readability-identifier-naming)

#ifdef __cplusplus  // open_map() holds the same sizes against those of the program
static_assert(sizeof(steer_flow) == 40, "hashed as bytes: no padding");
static_assert(sizeof(steer_prefix) == 20, "compared as bytes: no padding");
#endif
