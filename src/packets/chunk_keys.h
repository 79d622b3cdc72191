// The keys of a chunk's packets, found by parsing them again: for a file whose index is lost.
//
// What comes out finds what the lost index found: a flow by the number that comments tell, ends and
// hosts by the packets. A later fragment has neither ports nor, in a tunnel, the inner addresses;
// it gets those of its flow, if another packet of the file has told them.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "packet/batch.h"
#include "packets/key.h"
#include "packets/packet_file.h"

namespace baleen::packets {

// "flow=N", and maybe more behind it. 0: it says nothing of a flow.
uint64_t flow_of_comment(std::string_view comment);

class ChunkKeys {
public:
    ChunkKeys();

    // Chunks come in the order of the file. The keys are there until the next call.
    std::span<const Key> find(const PacketFile& file, Bytes chunk);

private:
    struct FlowKeys {
        Key tuple;
        Key hosts[2];
    };
    static constexpr size_t flows_max = 1u << 20;

    void take(const PacketView& view, const packet::FlowKey& key, bool is_later_fragment);
    void add(const FlowKeys& keys);

    std::unique_ptr<packet::Batch> batch_;
    std::unordered_map<uint64_t, FlowKeys> flows_;
    std::vector<Key> keys_;
};

}  // namespace baleen::packets
