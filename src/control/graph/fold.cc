// What happens when the live graph's memory is used up: the smaller half of the hosts becomes part
// of `others`, and edges keep the services that are told of them. All sums stay what they were.
#include <algorithm>
#include <numeric>

#include "control/graph/live_graph.h"

namespace baleen::graph {
namespace {

struct HostBytes {
    Address address;
    uint64_t bytes;
};

// Hosts with the bytes that they sent and received, in order of their addresses.
std::vector<HostBytes> hosts_of(const ChannelTable& table, const Window& window) {
    std::vector<HostBytes> ends;
    ends.reserve(table.used() * 2);
    for (uint32_t id = 0; id < table.size(); id++) {
        const Channel& channel = table[id];
        if (channel.live_windows == 0) continue;
        const uint64_t bytes = window.sums(id).bytes_total();
        if ((channel.key.flags & ChannelKey::a_is_others) == 0)
            ends.push_back({channel.key.a, bytes});
        if ((channel.key.flags & ChannelKey::b_is_others) == 0)
            ends.push_back({channel.key.b, bytes});
    }
    std::sort(ends.begin(), ends.end(),
              [](const HostBytes& x, const HostBytes& y) { return x.address < y.address; });
    size_t count = 0;
    for (const HostBytes& end : ends) {
        if (count > 0 && ends[count - 1].address == end.address) ends[count - 1].bytes += end.bytes;
        else ends[count++] = end;
    }
    ends.resize(count, HostBytes{});
    return ends;
}

// The larger half, in order of their addresses.
std::vector<Address> larger_half(std::vector<HostBytes> hosts) {
    const auto middle = hosts.begin() + static_cast<ptrdiff_t>(hosts.size() / 2);
    std::nth_element(hosts.begin(), middle, hosts.end(),
                     [](const HostBytes& x, const HostBytes& y) {
                         return x.bytes != y.bytes ? x.bytes > y.bytes : x.address < y.address;
                     });
    std::vector<Address> kept;
    for (auto host = hosts.begin(); host != middle; ++host) kept.push_back(host->address);
    std::sort(kept.begin(), kept.end());
    return kept;
}

// Whether a channel is one of the largest of its edge, by channel.
std::vector<bool> largest_services(const ChannelTable& table, const Window& window) {
    std::vector<uint32_t> order;
    order.reserve(table.used());
    for (uint32_t id = 0; id < table.size(); id++)
        if (table[id].live_windows > 0) order.push_back(id);
    std::sort(order.begin(), order.end(), [&](uint32_t x, uint32_t y) {
        if (table[x].ends != table[y].ends) return table[x].ends < table[y].ends;
        const uint64_t bytes_x = window.sums(x).bytes_total();
        const uint64_t bytes_y = window.sums(y).bytes_total();
        if (bytes_x != bytes_y) return bytes_x > bytes_y;
        return std::memcmp(&table[x].key, &table[y].key, sizeof(ChannelKey)) < 0;
    });
    std::vector<bool> is_large(table.size());
    uint32_t before = base::IdTable::none;
    size_t rank = 0;
    for (const uint32_t id : order) {
        rank = table[id].ends == before ? rank + 1 : 0;
        before = table[id].ends;
        is_large[id] = rank < services_told_max;
    }
    return is_large;
}

ChannelKey folded(ChannelKey key, const std::vector<Address>& kept, bool keeps_service) {
    const auto is_kept = [&](const Address& address) {
        return std::binary_search(kept.begin(), kept.end(), address);
    };
    if ((key.flags & ChannelKey::a_is_others) == 0 && !is_kept(key.a)) {
        key.a = {};
        key.flags |= ChannelKey::a_is_others;
    }
    if ((key.flags & ChannelKey::b_is_others) == 0 && !is_kept(key.b)) {
        key.b = {};
        key.flags |= ChannelKey::b_is_others;
    }
    if (!keeps_service) {
        key.port = 0;
        key.protocol = 0;
        key.flags |= ChannelKey::other_services;
    }
    return key;
}

}  // namespace

// The number of hosts that are no longer told one by one.
uint64_t LiveGraph::fold_half() {
    // What is largest is judged over the longest window, which is the last.
    const auto hosts = hosts_of(table_, windows_.back());
    const std::vector<Address> kept = larger_half(hosts);
    const std::vector<bool> is_large = largest_services(table_, windows_.back());
    ChannelTable next(table_.seed());
    std::vector<Window::Target> to(table_.size());
    for (uint32_t id = 0; id < table_.size(); id++) {
        const Channel& old = table_[id];
        if (old.live_windows == 0) continue;
        ChannelKey key = folded(old.key, kept, is_large[id]);
        to[id].reversed = order_ends(key);
        to[id].channel = next.find_or_make(key, next.hash(key));
        Channel& channel = next[to[id].channel];
        channel.first_ns = std::min(channel.first_ns, old.first_ns);
        channel.last_ns = std::max(channel.last_ns, old.last_ns);
    }
    table_ = std::move(next);
    for (Window& window : windows_) {
        window.renumber(to, table_.size());
        for (uint32_t id = 0; id < table_.size(); id++)
            table_[id].live_windows += window.sums(id).records > 0 ? 1 : 0;
    }
    counters_.folded_hosts += hosts.size() - kept.size();
    return hosts.size() - kept.size();
}

}  // namespace baleen::graph
