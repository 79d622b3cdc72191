#include "control/graph/fan_out.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/random_seed.h"
#include "record/names.h"

namespace baleen::graph {
namespace {

// More packets than this are no try: somebody whose other direction is not seen here.
constexpr uint64_t try_packets_max = 4;
// A node of std::unordered_map with its bucket.
constexpr uint64_t entry_overhead_bytes = 32;

// Finalizer of splitmix64 (Steele et al., 2014).
uint64_t mixed(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}
uint64_t mixed(const Address& address, uint64_t seed) {
    uint64_t words[2];
    std::memcpy(words, address.data(), sizeof words);
    return mixed(words[1] ^ mixed(words[0] ^ seed));
}

Address address_of(const uint8_t* bytes) {
    Address out;
    std::memcpy(out.data(), bytes, out.size());
    return out;
}

}  // namespace

FanOutOptions fan_out_options(const config::Settings::Graph& settings) {
    return {.window_ns = settings.scan_window_ns,
            .memory_bytes = settings.scan_memory_bytes,
            .sweep_hosts = settings.sweep_hosts,
            .scan_ports = settings.scan_ports,
            .unanswered_percent = settings.scan_unanswered_percent};
}

FanOut::FanOut(const FanOutOptions& options)
    : options_(options), seed_(options.seed != 0 ? options.seed : base::random_seed()) {}

bool is_unanswered(const record::FlowRecord& record) {
    using record::ConnState;
    if (record.initiator.packets > try_packets_max) return false;
    if (record.responder.packets == 0) return true;
    if (record.protocol != 6 || (record.flags & record::has_tcp) == 0) return false;
    // Refused; or given up by its side before anything was established.
    return record.tcp.conn_state == ConnState::rej || record.tcp.conn_state == ConnState::rstos0;
}

void FanOut::take(const record::FlowRecord& record) {
    // A flow counts once. Nobody knows who asked in those that a full table counted together; and
    // what has no ports can be neither swept nor scanned, but for echo requests.
    if (record.part != 0 || (record.flags & record::aggregated) != 0) return;
    const bool has_ports =
        record::protocol_has_ports(record.protocol) && (record.flags & record::ports_absent) == 0;
    const bool is_ping = (record.protocol == 1 && record.icmp_type == 8) ||
                         (record.protocol == 58 && record.icmp_type == 128);
    if (!has_ports && !is_ping) return;
    batch_.push_back({address_of(record.initiator_address), address_of(record.responder_address),
                      record.responder_port, record.protocol, is_unanswered(record),
                      record.first_ns, std::max<int64_t>(record.last_ns, 0)});
}

void FanOut::commit() {
    const std::lock_guard lock(mutex_);
    for (const Update& update : batch_) apply(update);
    batch_.clear();
}

void FanOut::apply(const Update& update) {
    const int64_t number = update.last_ns / std::max<int64_t>(options_.window_ns / 2, 1);
    const int64_t newest = std::max(halves_[0].number, halves_[1].number);
    Half& half = halves_[static_cast<size_t>(number % 2)];
    if (number > newest) {
        // Two halves on or more, the other one is over as well.
        Half& other = halves_[static_cast<size_t>((number + 1) % 2)];
        if (other.number < number - 1) other = Half{-1, Table(16, KeyHash{seed_}), 0};
        half = Half{number, Table(16, KeyHash{seed_}), 0};
    } else if (number < newest - 1) {
        late_++;
        return;
    }
    half.number = number;
    Key sweep{.source = update.source, .port = update.port, .protocol = update.protocol};
    count(half, sweep, static_cast<uint32_t>(mixed(update.target, seed_)), update);
    if (update.port == 0) return;
    Key scan{.source = update.source,
             .target = update.target,
             .protocol = update.protocol,
             .is_scan = 1};
    count(half, scan, static_cast<uint32_t>(mixed(update.port ^ seed_)), update);
}

void FanOut::count(Half& half, const Key& key, uint32_t what, const Update& update) {
    Asked& asked = half.table[key];
    half.sketch_bytes -= asked.distinct.memory_bytes();
    asked.distinct.add(what);
    half.sketch_bytes += asked.distinct.memory_bytes();
    asked.flows++;
    asked.unanswered += update.is_unanswered ? 1 : 0;
    asked.first_ns = std::min(asked.first_ns, update.first_ns);
    asked.last_ns = std::max(asked.last_ns, update.last_ns);
    if (bytes_of(half) > options_.memory_bytes / 2) forget_smallest(half);
}

// Half of the entries: those with the fewest different ends, and of these the ones that were
// answered.
void FanOut::forget_smallest(Half& half) {
    const auto weight = [](const Asked& asked) {
        return std::pair(asked.distinct.count(), asked.unanswered);
    };
    std::vector<std::pair<uint64_t, uint64_t>> weights;
    weights.reserve(half.table.size());
    for (const auto& [key, asked] : half.table) weights.push_back(weight(asked));
    const auto middle = weights.begin() + static_cast<ptrdiff_t>(weights.size() / 2);
    std::nth_element(weights.begin(), middle, weights.end());
    // Those equal to the one in the middle as well: else nothing might go.
    for (auto entry = half.table.begin(); entry != half.table.end();) {
        if (weight(entry->second) > *middle) {
            ++entry;
            continue;
        }
        half.sketch_bytes -= entry->second.distinct.memory_bytes();
        entry = half.table.erase(entry);
        forgotten_++;
    }
}

void FanOut::Asked::merge(const Asked& other) {
    distinct.merge(other.distinct);
    flows += other.flows;
    unanswered += other.unanswered;
    first_ns = std::min(first_ns, other.first_ns);
    last_ns = std::max(last_ns, other.last_ns);
}

std::vector<Finding> FanOut::findings() const {
    std::vector<Finding> found;
    const std::lock_guard lock(mutex_);
    const auto look = [&](const Key& key, const Asked& asked) {
        const uint64_t distinct = asked.distinct.count();
        const bool is_scan = key.is_scan != 0;
        if (distinct < (is_scan ? options_.scan_ports : options_.sweep_hosts)) return;
        if (asked.unanswered * 100 < asked.flows * options_.unanswered_percent) return;
        found.push_back({is_scan ? Finding::Kind::scan : Finding::Kind::sweep, key.source,
                         key.target, key.protocol, key.port, distinct, asked.flows,
                         asked.unanswered, asked.first_ns, asked.last_ns});
    };
    for (const auto& [key, asked] : halves_[0].table) {
        const auto other = halves_[1].table.find(key);
        Asked both = asked;
        if (other != halves_[1].table.end()) both.merge(other->second);
        look(key, both);
    }
    for (const auto& [key, asked] : halves_[1].table)
        if (!halves_[0].table.contains(key)) look(key, asked);
    std::sort(found.begin(), found.end(), [](const Finding& x, const Finding& y) {
        if (x.distinct != y.distinct) return x.distinct > y.distinct;
        return std::tie(x.kind, x.source, x.target, x.protocol, x.port) <
               std::tie(y.kind, y.source, y.target, y.protocol, y.port);
    });
    return found;
}

uint64_t FanOut::forgotten() const {
    const std::lock_guard lock(mutex_);
    return forgotten_;
}
uint64_t FanOut::late() const {
    const std::lock_guard lock(mutex_);
    return late_;
}
uint64_t FanOut::memory_bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_of(halves_[0]) + bytes_of(halves_[1]);
}

uint64_t FanOut::bytes_of(const Half& half) {
    return half.table.size() * (sizeof(Key) + sizeof(Asked) + entry_overhead_bytes) +
           half.sketch_bytes;
}

size_t FanOut::KeyHash::operator()(const Key& key) const {
    const uint64_t rest = uint64_t{key.port} << 16 | uint64_t{key.protocol} << 8 | key.is_scan;
    return mixed(key.source, mixed(key.target, seed) ^ rest);
}

}  // namespace baleen::graph
