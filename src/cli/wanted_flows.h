// Flows whose packets are wanted, by their ids, and what is known of them from the store.
//
// Why more than ids: classic pcap has no comments, so there a packet is known by its ends and its
// time.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "packet/batch.h"
#include "packets/archive.h"
#include "packets/block.h"

namespace baleen::cli {

class WantedFlows {
public:
    // Flow ids, and the flows of the store that fit `filter`, if there is one (both may be empty:
    // then every packet is wanted). Problems of the store cost a sentence each.
    static base::Result<WantedFlows> find(const std::string& store,
                                          const std::vector<uint64_t>& ids,
                                          const std::string& filter,
                                          std::vector<std::string>& problems);

    bool wants_all() const { return !is_active_; }
    size_t size() const { return ids_.size(); }
    bool wants(const packets::PacketView& packet, const packet::FlowKey& key) const;
    packets::Selector selector() const;

private:
    struct Life {
        int64_t first_ns;
        int64_t last_ns;
    };
    // More of them are not looked up, and every chunk is read.
    static constexpr size_t keys_max = 8192;

    bool is_active_ = false;
    std::unordered_map<packets::Key, std::vector<Life>> ends_;  // by tuple key
    std::unordered_set<uint64_t> ids_;
};

}  // namespace baleen::cli
