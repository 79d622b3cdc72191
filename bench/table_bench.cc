// The flow table beside others that could have been taken: a lookup of 64 random flows at a time,
// with one line of each counted in. src/dataplane/flow/design.md has the figures.
//
//   find    every key is in the table
//   miss    none is
//   churn   each key is erased and inserted again
#include <benchmark/benchmark.h>
#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>

#include <random>
#include <unordered_map>

#include "dataplane/flow/flow_table.h"
#include "packet/flow_hash.h"
#ifdef BALEEN_HAS_ABSEIL
#include <absl/container/flat_hash_map.h>
#endif

namespace baleen::bench {
namespace {

using packet::FlowKey;

constexpr uint32_t batch_size = 64;
struct alignas(64) Value {
    uint64_t packets;
};

FlowKey key_of(uint64_t number) {
    FlowKey key{};
    const uint64_t mixed = number * 0x9e3779b97f4a7c15;  // no two alike
    std::memcpy(key.src.data() + 8, &mixed, 8);
    key.dst[15] = 1;
    key.src_port = 1024;
    key.dst_port = 53;
    key.protocol = 17;
    key.ip_version = 4;
    return key;
}

struct Hash {
    size_t operator()(const FlowKey& key) const {
        return packet::hash_flow(key, packet::fixed_hash_key);
    }
};

class Ours {
public:
    static constexpr const char* name = "baleen";
    explicit Ours(uint32_t count) : table_(std::move(*flow::FlowTable::create(count))) {}
    void insert(const FlowKey& key) { table_.insert(key, Hash()(key)); }
    void erase(const FlowKey& key) { table_.erase(table_.find(key, Hash()(key)).index); }
    uint64_t find(const FlowKey* keys) {
        uint64_t found = 0;
        for (uint32_t i = 0; i < batch_size; i++)
            table_.prefetch_line(hashes_[i] = Hash()(keys[i]));
        for (uint32_t i = 0; i < batch_size; i++) {
            guesses_[i] = table_.guess(keys[i], hashes_[i]);
            if (guesses_[i].index != packet::flow_absent) table_.prefetch_flow(guesses_[i]);
        }
        for (uint32_t i = 0; i < batch_size; i++) {
            auto at = guesses_[i];
            if (at.index == packet::flow_absent ||
                !flow::FlowTable::matches(table_[at.index], keys[i], at.direction))
                at = table_.find(keys[i], hashes_[i]);
            if (at.index == packet::flow_absent) continue;
            table_[at.index].sides[at.direction].packets++;
            found++;
        }
        return found;
    }

private:
    flow::FlowTable table_;
    std::array<uint64_t, batch_size> hashes_{};
    std::array<flow::FlowTable::Found, batch_size> guesses_{};
};

class RteHash {
public:
    static constexpr const char* name = "rte_hash";
    explicit RteHash(uint32_t count) : values_(count + count / 4) {
        const rte_hash_parameters parameters{.name = "bench",
                                             .entries = count + count / 4,
                                             .reserved = 0,
                                             .key_len = sizeof(FlowKey),
                                             .hash_func = rte_hash_crc,
                                             .hash_func_init_val = 0,
                                             .socket_id = 0,
                                             .extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE};
        hash_ = rte_hash_create(&parameters);
        if (hash_ == nullptr) std::abort();
    }
    ~RteHash() { rte_hash_free(hash_); }
    RteHash(const RteHash&) = delete;
    void insert(const FlowKey& key) { rte_hash_add_key(hash_, &key); }
    void erase(const FlowKey& key) { rte_hash_del_key(hash_, &key); }
    uint64_t find(const FlowKey* keys) {
        std::array<const void*, batch_size> pointers;
        std::array<int32_t, batch_size> at;
        for (uint32_t i = 0; i < batch_size; i++) pointers[i] = &keys[i];
        rte_hash_lookup_bulk(hash_, pointers.data(), batch_size, at.data());
        uint64_t found = 0;
        for (const int32_t position : at)
            if (position >= 0) __builtin_prefetch(&values_[static_cast<size_t>(position)], 0, 2);
        for (const int32_t position : at) {
            if (position < 0) continue;
            values_[static_cast<size_t>(position)].packets++;
            found++;
        }
        return found;
    }

private:
    rte_hash* hash_;
    std::vector<Value> values_;
};

template <class Map>
class MapOf {
public:
    explicit MapOf(uint32_t count) { map_.reserve(count); }
    void insert(const FlowKey& key) { map_.emplace(key, Value{}); }
    void erase(const FlowKey& key) { map_.erase(key); }
    uint64_t find(const FlowKey* keys) {
        uint64_t found = 0;
        for (uint32_t i = 0; i < batch_size; i++) {
            const auto at = map_.find(keys[i]);
            if (at == map_.end()) continue;
            at->second.packets++;
            found++;
        }
        return found;
    }

private:
    Map map_;
};

// Numbers of flows in random order, from `first` on.
std::vector<FlowKey> random_keys(uint64_t first, uint32_t count) {
    std::mt19937_64 random(1);
    std::vector<FlowKey> keys(1 << 20);
    for (FlowKey& key : keys) key = key_of(first + random() % count);
    return keys;
}

template <class Table, bool is_there>
void find(benchmark::State& state) {
    const auto count = static_cast<uint32_t>(state.range(0));
    Table table(count);
    for (uint32_t i = 0; i < count; i++) table.insert(key_of(i));
    const auto keys = random_keys(is_there ? 0 : count, count);
    size_t at = 0;
    uint64_t found = 0, looked = 0;
    for (auto _ : state) {
        found += table.find(&keys[at]);
        looked += batch_size;
        at = (at + batch_size) % keys.size();
    }
    if (found != (is_there ? looked : 0)) state.SkipWithError("the table does not work");
    state.SetItemsProcessed(static_cast<int64_t>(looked));
}

template <class Table>
void churn(benchmark::State& state) {
    const auto count = static_cast<uint32_t>(state.range(0));
    Table table(count);
    for (uint32_t i = 0; i < count; i++) table.insert(key_of(i));
    const auto keys = random_keys(0, count);
    size_t at = 0;
    for (auto _ : state) {
        table.erase(keys[at]);
        table.insert(keys[at]);
        at = (at + 1) % keys.size();
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

#define BENCHMARK_TABLE(...)                                                          \
    BENCHMARK(find<__VA_ARGS__, true>)->Arg(100'000)->Arg(1'000'000)->Arg(8'000'000); \
    BENCHMARK(find<__VA_ARGS__, false>)->Arg(1'000'000);                              \
    BENCHMARK(churn<__VA_ARGS__>)->Arg(1'000'000)

using StdMap = MapOf<std::unordered_map<FlowKey, Value, Hash>>;
BENCHMARK_TABLE(Ours);
BENCHMARK_TABLE(RteHash);
BENCHMARK_TABLE(StdMap);
#ifdef BALEEN_HAS_ABSEIL
using Abseil = MapOf<absl::flat_hash_map<FlowKey, Value, Hash>>;
BENCHMARK_TABLE(Abseil);
#endif

}  // namespace
}  // namespace baleen::bench

int main(int argc, char** argv) {
    const char* eal[] = {"table_bench",    "--no-huge",  "-m",
                         "3000",           "--no-pci",   "--log-level=lib.eal:error",
                         "--no-telemetry", "--no-shconf"};
    if (rte_eal_init(static_cast<int>(std::size(eal)), const_cast<char**>(eal)) < 0) return 1;
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
