#include "drivers/ethdev/rss.h"

#include <fmt/format.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>

namespace baleen::drivers {
namespace {

// Packets hashed by their addresses alone.
constexpr uint64_t types_by_address = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 |
                                      RTE_ETH_RSS_NONFRAG_IPV4_OTHER | RTE_ETH_RSS_IPV6 |
                                      RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER;
constexpr uint64_t types_by_port = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |
                                   RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;

constexpr uint32_t vector_count = 2048;  // of each kind; a fair share of 64 queues is 32

// A vector's words; any generator without short cycles does (Knuth's MMIX constants).
class Words {
public:
    uint32_t next() {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<uint32_t>(state_ >> 32);
    }

private:
    uint64_t state_ = 1;
};

// `address_words` for each side, then one word of ports, or none.
HashInput test_vector(Words& words, uint32_t address_words, bool with_ports) {
    HashInput input;
    input.count = 2 * address_words + (with_ports ? 1 : 0);
    for (uint32_t i = 0; i < input.count; i++) input.words[i] = words.next();
    return input;
}

HashInput reversed(const HashInput& input) {
    HashInput other = input;
    const uint32_t half = input.count / 2;
    std::rotate(other.words, other.words + half, other.words + size_t{2} * half);
    if (input.count % 2 == 1) {
        const uint32_t ports = input.words[input.count - 1];
        other.words[input.count - 1] = ports << 16 | ports >> 16;
    }
    return other;
}

base::Result<std::vector<uint16_t>> read_table(uint16_t port_id, uint16_t queue_count) {
    rte_eth_dev_info info;
    if (rte_eth_dev_info_get(port_id, &info) != 0 || info.reta_size == 0)
        return base::Error{"it tells no redirection table"};
    const size_t groups = (info.reta_size + RTE_ETH_RETA_GROUP_SIZE - 1) / RTE_ETH_RETA_GROUP_SIZE;
    std::vector<rte_eth_rss_reta_entry64> entries(groups);
    for (size_t i = 0; i < info.reta_size; i++) {
        auto& group = entries[i / RTE_ETH_RETA_GROUP_SIZE];
        group.mask |= uint64_t{1} << (i % RTE_ETH_RETA_GROUP_SIZE);
        group.reta[i % RTE_ETH_RETA_GROUP_SIZE] = static_cast<uint16_t>(i % queue_count);
    }
    // A port that can't be told otherwise may still have a fair table of its own: what counts is
    // what is read.
    rte_eth_dev_rss_reta_update(port_id, entries.data(), info.reta_size);
    if (const int code = rte_eth_dev_rss_reta_query(port_id, entries.data(), info.reta_size);
        code != 0)
        return base::Error{
            fmt::format("its redirection table cannot be read: {}", std::strerror(-code))};
    std::vector<uint16_t> table;
    for (size_t i = 0; i < info.reta_size; i++)
        table.push_back(entries[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE]);
    return table;
}

base::Status prove_kind(const QueueSteering& steering, uint32_t address_words, bool with_ports,
                        uint16_t queue_count) {
    Words words;
    std::vector<uint32_t> hits(queue_count);
    for (uint32_t i = 0; i < vector_count; i++) {
        const HashInput input = test_vector(words, address_words, with_ports);
        const uint32_t hash = toeplitz_hash(input, steering.key);
        if (hash != toeplitz_hash(reversed(input), steering.key))
            return base::Error{"its hash differs between the directions of a flow"};
        hits[steering.table[hash % steering.table.size()]]++;
    }
    // A table of 128 over 48 queues gives some 3 entries and others 2; beyond twice and half it is
    // no spread.
    const uint32_t fair = vector_count / queue_count;
    for (uint16_t queue = 0; queue < queue_count; queue++)
        if (hits[queue] < fair / 2 || hits[queue] > fair * 2)
            return base::Error{
                fmt::format("queue {} would get {} of {} flows", queue, hits[queue], vector_count)};
    return base::Ok{};
}

}  // namespace

std::vector<uint8_t> symmetric_key(size_t bytes) {
    std::vector<uint8_t> key(bytes);
    for (size_t i = 0; i < bytes; i++) key[i] = i % 2 == 0 ? 0x6d : 0x5a;
    return key;
}

uint64_t rss_types(std::string_view driver, std::string_view fields, uint64_t offered,
                   std::string& reason) {
    if (fields == "off") {
        reason = "ethdev.rss is off";
        return 0;
    }
    // i40e's hash enable bits are per packet type: TCP and UDP go by ports, or all to queue 0.
    if (fields == "ip" && driver == "net_i40e") {
        reason = "its driver hashes TCP and UDP by ports only (ethdev.rss = \"ports\" allows that)";
        return 0;
    }
    const uint64_t wanted = fields == "ports" ? types_by_address | types_by_port : types_by_address;
    const bool both_versions =
        (offered & wanted & (RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP)) != 0 &&
        (offered & wanted & (RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP)) != 0;
    if (!both_versions) {
        reason = offered == 0 ? "it has no RSS" : "it does not hash by what ethdev.rss asks for";
        return 0;
    }
    return offered & wanted;
}

void ask_for_rss(rte_eth_conf& configuration, uint64_t types, std::vector<uint8_t>& key) {
    configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    configuration.rx_adv_conf.rss_conf = {
        .rss_key = key.data(), .rss_key_len = static_cast<uint8_t>(key.size()), .rss_hf = types};
}

base::Result<QueueSteering> prove_rss(uint16_t port_id, uint64_t types, uint16_t queue_count) {
    QueueSteering steering;
    rte_eth_dev_info info;
    if (rte_eth_dev_info_get(port_id, &info) != 0) return base::Error{"it tells nothing of itself"};
    steering.key.resize(std::max<size_t>(info.hash_key_size, rss_key_bytes_min));
    rte_eth_rss_conf read{.rss_key = steering.key.data(),
                          .rss_key_len = static_cast<uint8_t>(steering.key.size()),
                          .rss_hf = 0};
    if (const int code = rte_eth_dev_rss_hash_conf_get(port_id, &read); code != 0)
        return base::Error{
            fmt::format("its hash key cannot be read back: {}", std::strerror(-code))};
    steering.types = read.rss_hf & (types_by_address | types_by_port);
    auto table = read_table(port_id, queue_count);
    if (!table) return table.error();
    steering.table = std::move(*table);
    steering.function = QueueSteering::Function::toeplitz;
    if (auto status = prove_steering(steering, types, queue_count); !status) return status.error();
    return steering;
}

base::Status prove_steering(const QueueSteering& steering, uint64_t types, uint16_t queue_count) {
    if (steering.key.size() < rss_key_bytes_min) return base::Error{"its hash key is too short"};
    if ((steering.types & types) != types) return base::Error{"it does not hash what it was told"};
    if ((steering.types & types_by_port & ~types) != 0)
        return base::Error{"it hashes ports, although it was told not to"};
    for (const uint16_t queue : steering.table)
        if (queue >= queue_count)
            return base::Error{fmt::format("its redirection table names queue {}", queue)};
    if (steering.table.empty()) return base::Error{"its redirection table is empty"};
    for (const uint32_t address_words : {1u, 4u})
        for (const bool with_ports : {false, true})
            if (!with_ports || (types & types_by_port) != 0)
                if (auto status = prove_kind(steering, address_words, with_ports, queue_count);
                    !status)
                    return status;
    return base::Ok{};
}

}  // namespace baleen::drivers
