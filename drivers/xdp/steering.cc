#include "drivers/xdp/steering.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/assert.h"

namespace baleen::drivers {
namespace {

constexpr uint32_t program_maps_max = 16;

struct Map {
    base::FileDescriptor fd;
    bpf_map_info info{};
};

// The map of that name among those of a program; no descriptor: there is none, or no permission.
Map find_map(uint32_t program_id, std::string_view name) {
    const base::FileDescriptor program(bpf_prog_get_fd_by_id(program_id));
    if (!program) return {};
    std::array<uint32_t, program_maps_max> ids{};
    bpf_prog_info info{};
    info.nr_map_ids = ids.size();
    info.map_ids = reinterpret_cast<uintptr_t>(ids.data());
    uint32_t info_bytes = sizeof info;
    if (bpf_obj_get_info_by_fd(program.get(), &info, &info_bytes) != 0) return {};
    for (uint32_t i = 0; i < std::min<size_t>(info.nr_map_ids, ids.size()); i++) {
        Map map{base::FileDescriptor(bpf_map_get_fd_by_id(ids[i])), {}};
        uint32_t map_bytes = sizeof map.info;
        if (map.fd && bpf_obj_get_info_by_fd(map.fd.get(), &map.info, &map_bytes) == 0 &&
            name == map.info.name)
            return map;
    }
    return {};
}

base::Result<base::FileDescriptor> open_map(uint32_t program_id, std::string_view name,
                                            size_t key_bytes, size_t value_bytes) {
    Map map = find_map(program_id, name);
    if (!map.fd || map.info.key_size != key_bytes || map.info.value_size != value_bytes)
        return base::Error{
            fmt::format("its map '{}' is missing or another one than in "
                        "drivers/xdp/steer_maps.h",
                        name)};
    return std::move(map.fd);
}

// The kernel deals free nodes to its CPUs 128 at a time (LOCAL_FREE_TARGET in
// kernel/bpf/bpf_lru_list.c); with as many to spare, a full table evicts nothing.
base::FileDescriptor create_flow_table(uint64_t flows_max) {
    const auto cpus = static_cast<uint32_t>(std::max(1, libbpf_num_possible_cpus()));
    const uint32_t entries = static_cast<uint32_t>(flows_max) + 128 * cpus;
    return base::FileDescriptor(bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "shunted", sizeof(steer_flow),
                                               sizeof(steer_count), entries, nullptr));
}

base::Error failed(std::string_view what) {
    return {fmt::format("{} ({})", what, std::strerror(errno))};
}

}  // namespace

steer_flow flow_key(const config::Shunt& shunt) {
    static_assert(config::Shunt::vlan_any == STEER_VLAN_ANY);
    steer_flow key{};
    std::memcpy(&key.a, shunt.a.data(), sizeof key.a);
    std::memcpy(&key.b, shunt.b.data(), sizeof key.b);
    key.a_port = htons(shunt.a_port);
    key.b_port = htons(shunt.b_port);
    key.vlan_id = shunt.vlan_id;
    key.protocol = shunt.protocol;
    steer_put_in_order(&key);
    return key;
}

steer_prefix prefix_key(const config::Shunt& shunt) {
    steer_prefix key{};
    key.length_bits = shunt.prefix_bits;
    std::memcpy(key.address, shunt.a.data(), sizeof key.address);
    return key;
}

bool Steering::is_steered(const XdpAttachment& attachment) {
    return attachment.program_id != 0 &&
           static_cast<bool>(find_map(attachment.program_id, "settings").fd);
}

base::Result<Steering> Steering::open(const XdpAttachment& attachment,
                                      const std::vector<config::Shunt>& shunts,
                                      uint64_t flows_max) {
    Steering steering;
    struct Wanted {
        std::string_view name;
        base::FileDescriptor& fd;
        size_t key_bytes, value_bytes;
    };
    for (const Wanted& wanted : {
             Wanted{"settings", steering.settings_, sizeof(uint32_t), sizeof(steer_settings)},
             Wanted{"counts", steering.counts_, sizeof(uint32_t), sizeof(steer_count)},
             Wanted{"shunt_flows", steering.flow_slot_, sizeof(uint32_t), sizeof(uint32_t)},
             Wanted{"shunt_prefixes", steering.prefixes_, sizeof(steer_prefix),
                    sizeof(steer_count)},
         }) {
        auto fd =
            open_map(attachment.program_id, wanted.name, wanted.key_bytes, wanted.value_bytes);
        if (!fd) return fd.error();
        wanted.fd = std::move(*fd);
    }
    steering.flows_ = create_flow_table(flows_max);
    const uint32_t slot = 0;
    const int table = steering.flows_.get();
    if (!steering.flows_ || bpf_map_update_elem(steering.flow_slot_.get(), &slot, &table, 0) != 0)
        return failed("no table for shunted flows");
    for (const config::Shunt& shunt : shunts)
        if (auto status = steering.insert(shunt); !status) return status.error();
    if (!steering.set_running(false)) return failed("its map 'settings' can't be written");
    return steering;
}

base::Status Steering::insert(const config::Shunt& shunt) {
    const steer_count nothing{};
    const steer_flow flow = flow_key(shunt);
    const steer_prefix prefix = prefix_key(shunt);
    const int code = shunt.is_flow
                         ? bpf_map_update_elem(flows_.get(), &flow, &nothing, BPF_NOEXIST)
                         : bpf_map_update_elem(prefixes_.get(), &prefix, &nothing, BPF_NOEXIST);
    if (code != 0) return failed(fmt::format("'{}' cannot be shunted", shunt.text));
    (shunt.is_flow ? current_.flow_count : current_.prefix_count)++;
    shunts_.push_back(shunt);
    return base::Ok{};
}

bool Steering::set_running(bool running) {
    const uint32_t first = 0;
    current_.running = running ? 1 : 0;
    return bpf_map_update_elem(settings_.get(), &first, &current_, 0) == 0;
}

void Steering::start() {
    const bool done = set_running(true);
    BALEEN_ASSERT(done);  // open() has written the same value's place
}

void Steering::stop() {
    const bool done = set_running(false);
    BALEEN_ASSERT(done);
}

steer_count Steering::count_of(steer_fate fate) const {
    std::vector<steer_count> of_cpus(static_cast<size_t>(std::max(1, libbpf_num_possible_cpus())));
    const auto row = static_cast<uint32_t>(fate);
    steer_count sum{};
    if (bpf_map_lookup_elem(counts_.get(), &row, of_cpus.data()) != 0) return sum;
    for (const steer_count& count : of_cpus) {
        sum.packets += count.packets;
        sum.bytes += count.bytes;
    }
    return sum;
}

void Steering::publish(stats::PortStats& stats, bool is_final) const {
    // Read before the packets that follow are seen: no fate may exceed what was seen.
    const steer_count shunted = count_of(steer_shunted), passed = count_of(steer_passed);
    const uint64_t received = stats.wire_packets - stats.nic_missed_packets - stats.no_mbuf_packets;
    const steer_count seen = count_of(steer_seen);
    const uint64_t lost_in_sockets = stats.nic_missed_packets - stats.missed_unpolled;
    const Missed known = {.seen = seen.packets,
                          .shunted = shunted.packets,
                          .passed = passed.packets,
                          .received = received + stats.no_mbuf_packets,
                          .dropped_by_sockets = lost_in_sockets};
    const uint64_t missed = is_final ? known.at_the_end() : known.so_far();
    const uint64_t named = known.so_far();
    stats.nic_missed_packets.store(missed, std::memory_order_relaxed);
    stats.shunted_packets.store(shunted.packets, std::memory_order_relaxed);
    stats.missed_passed.store(passed.packets, std::memory_order_relaxed);
    stats.missed_unpolled.store(missed > named ? missed - named : 0, std::memory_order_relaxed);
    stats.wire_packets.store(seen.packets, std::memory_order_relaxed);
    stats.wire_bytes.store(seen.bytes, std::memory_order_relaxed);
}

void Steering::add_shunted(std::span<steer_count> entries) const {
    for (size_t i = 0; i < std::min(entries.size(), shunts_.size()); i++) {
        const steer_flow flow = flow_key(shunts_[i]);
        const steer_prefix prefix = prefix_key(shunts_[i]);
        steer_count count{};
        const int code = shunts_[i].is_flow ? bpf_map_lookup_elem(flows_.get(), &flow, &count)
                                            : bpf_map_lookup_elem(prefixes_.get(), &prefix, &count);
        if (code != 0) continue;
        entries[i].packets += count.packets;
        entries[i].bytes += count.bytes;
    }
}

}  // namespace baleen::drivers
