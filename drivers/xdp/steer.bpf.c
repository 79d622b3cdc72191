// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
//
// The XDP program in front of the capturing sockets: counts what the kernel has seen, passes on
// what is not to be captured, and hands the rest to the AF_XDP socket of its queue.
//
// Why here: what this program has counted was on the wire, whatever becomes of it later, and a
// packet that is shunted costs some ten nanoseconds instead of a trip through the capture.
// Must hold: every packet seen has exactly one fate, and every shunted one exactly one entry.
// DPDK's net_af_xdp loads the object file itself; it puts its sockets into the map xsks_map and
// attaches the first program.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "drivers/xdp/steer_maps.h"

#define QUEUES_MAX 64
#define PREFIXES_MAX 1024  // limits::shunt_entries_max
#define VLAN_TAGS_MAX 2    // 802.1ad: a service tag and a customer tag
#define VLAN_ID_MASK 0x0fff
#define IPV4_FRAGMENT_MASK 0x3fff  // RFC 791 section 3.1: more fragments, or a fragment offset
#define ADDRESS_BITS 128

struct {
    __uint(type, BPF_MAP_TYPE_XSKMAP);
    __uint(max_entries, QUEUES_MAX);
    __type(key, __u32);
    __type(value, __u32);
} xsks_map SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct steer_settings);
} settings SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, steer_fate_count);
    __type(key, __u32);
    __type(value, struct steer_count);
} counts SEC(".maps");

// The loader makes the table in the size that is configured and puts it into shunt_flows.
struct flow_table {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1);
    __uint(key_size, sizeof(struct steer_flow));
    __uint(value_size, sizeof(struct steer_count));
};
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, __u32);
    __array(values, struct flow_table);
} shunt_flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, PREFIXES_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct steer_prefix);
    __type(value, struct steer_count);
} shunt_prefixes SEC(".maps");

struct vlan_tag {
    __be16 control;
    __be16 ether_type;
};

// What the program reads of a packet.
struct headers {
    struct steer_flow flow;  // a is the sender
    bool has_flow;           // false: fragments, whose ports only the first one has
};

static __always_inline void count_fate(__u32 fate, __u64 bytes) {
    struct steer_count* count = bpf_map_lookup_elem(&counts, &fate);
    if (!count) return;
    count->packets++;
    count->bytes += bytes;
}

// Entries are shared by all CPUs.
static __always_inline bool count_entry(struct steer_count* count, __u64 bytes) {
    if (!count) return false;
    __sync_fetch_and_add(&count->packets, 1);
    __sync_fetch_and_add(&count->bytes, bytes);
    return true;
}

static __always_inline void set_ipv4(struct steer_address* to, __be32 address) {
    to->words[0] = 0;
    to->words[1] = bpf_cpu_to_be64(0xffff00000000ull | bpf_ntohl(address));
}

// False: the packet ends before its ports do. Other protocols have none, and their flows port 0.
static __always_inline bool read_ports(struct steer_flow* flow, const void* at, void* end) {
    const __be16* ports = at;
    if (flow->protocol != IPPROTO_TCP && flow->protocol != IPPROTO_UDP &&
        flow->protocol != IPPROTO_SCTP)
        return true;
    if ((void*)(ports + 2) > end) return false;
    flow->a_port = ports[0];
    flow->b_port = ports[1];
    return true;
}

static __always_inline bool read_ipv4(struct headers* headers, void* at, void* end) {
    const struct iphdr* ip = at;
    if ((void*)(ip + 1) > end || ip->version != 4 || ip->ihl < 5) return false;
    set_ipv4(&headers->flow.a, ip->saddr);
    set_ipv4(&headers->flow.b, ip->daddr);
    headers->flow.protocol = ip->protocol;
    headers->has_flow = !(ip->frag_off & bpf_htons(IPV4_FRAGMENT_MASK)) &&
                        read_ports(&headers->flow, at + ip->ihl * 4, end);
    return true;
}

// Extension headers are not walked: such a packet has a protocol of its own here, and no ports.
static __always_inline bool read_ipv6(struct headers* headers, void* at, void* end) {
    const struct ipv6hdr* ip = at;
    if ((void*)(ip + 1) > end || ip->version != 6) return false;
    __builtin_memcpy(&headers->flow.a, &ip->saddr, sizeof headers->flow.a);
    __builtin_memcpy(&headers->flow.b, &ip->daddr, sizeof headers->flow.b);
    headers->flow.protocol = ip->nexthdr;
    headers->has_flow = ip->nexthdr != IPPROTO_FRAGMENT && read_ports(&headers->flow, ip + 1, end);
    return true;
}

// False: not IP, or cut short.
static __always_inline bool read_headers(struct headers* headers, void* at, void* end) {
    const struct ethhdr* ethernet = at;
    if ((void*)(ethernet + 1) > end) return false;
    __be16 ether_type = ethernet->h_proto;
    at = (void*)(ethernet + 1);
    headers->flow.vlan_id = STEER_VLAN_ANY;
#pragma unroll
    for (int i = 0; i < VLAN_TAGS_MAX; i++) {
        const struct vlan_tag* tag = at;
        if (ether_type != bpf_htons(ETH_P_8021Q) && ether_type != bpf_htons(ETH_P_8021AD)) break;
        if ((void*)(tag + 1) > end) return false;
        if (i == 0) headers->flow.vlan_id = bpf_ntohs(tag->control) & VLAN_ID_MASK;
        ether_type = tag->ether_type;
        at = (void*)(tag + 1);
    }
    if (ether_type == bpf_htons(ETH_P_IP)) return read_ipv4(headers, at, end);
    if (ether_type == bpf_htons(ETH_P_IPV6)) return read_ipv6(headers, at, end);
    return false;
}

static __always_inline bool in_flows(const struct headers* headers, __u64 bytes) {
    const __u32 first = 0;
    void* table = bpf_map_lookup_elem(&shunt_flows, &first);
    if (!table || !headers->has_flow) return false;
    struct steer_flow flow = headers->flow;
    steer_put_in_order(&flow);
    if (count_entry(bpf_map_lookup_elem(table, &flow), bytes)) return true;
    if (flow.vlan_id == STEER_VLAN_ANY) return false;
    flow.vlan_id = STEER_VLAN_ANY;
    return count_entry(bpf_map_lookup_elem(table, &flow), bytes);
}

// The longest prefix of the sender, else that of the receiver.
static __always_inline bool in_prefixes(const struct headers* headers, __u64 bytes) {
    struct steer_prefix prefix = {.length_bits = ADDRESS_BITS};
    __builtin_memcpy(prefix.address, &headers->flow.a, sizeof prefix.address);
    if (count_entry(bpf_map_lookup_elem(&shunt_prefixes, &prefix), bytes)) return true;
    __builtin_memcpy(prefix.address, &headers->flow.b, sizeof prefix.address);
    return count_entry(bpf_map_lookup_elem(&shunt_prefixes, &prefix), bytes);
}

SEC("xdp")
int steer(struct xdp_md* context) {
    void* data = (void*)(long)context->data;
    void* end = (void*)(long)context->data_end;
    const __u64 bytes = end - data;
    const __u32 first = 0;
    const struct steer_settings* set = bpf_map_lookup_elem(&settings, &first);
    if (!set || !set->running) return XDP_PASS;
    count_fate(steer_seen, bytes);

    struct headers headers = {};
    const bool asks = set->flow_count || set->prefix_count;
    if (asks && read_headers(&headers, data, end) &&
        ((set->flow_count && in_flows(&headers, bytes)) ||
         (set->prefix_count && in_prefixes(&headers, bytes)))) {
        count_fate(steer_shunted, bytes);
        return XDP_PASS;
    }
    // The flags are what to return where the queue has no socket (bpf-helpers(7), since Linux 5.3).
    const long verdict = bpf_redirect_map(&xsks_map, context->rx_queue_index, XDP_PASS);
    count_fate(verdict == XDP_REDIRECT ? steer_redirected : steer_passed, bytes);
    return (int)verdict;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
