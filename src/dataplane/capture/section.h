// What stands in a pcapng file beside chunks: its head, interfaces that come later, statistics.
//
// The head is a region of fixed length. It is written when a file is begun, so that a file cut off
// anywhere says what it is, and again when it is closed, with what is known then.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/capture/aligned_bytes.h"
#include "packet/link_type.h"

namespace baleen::capture {

struct PortFacts {
    std::string name;
    uint64_t received = 0;  // packets, since the run began
    uint64_t dropped = 0;
};

// Asked by the writer's thread, whenever a file is begun or closed.
struct SectionFacts {
    std::function<std::string()> comment;  // the run's configuration, and its ledger so far
    std::function<PortFacts(uint16_t port_index)> port;
};

inline constexpr uint32_t head_bytes = 16 << 10;

struct InterfaceFacts {
    std::string name;
    packet::LinkType link;
};
struct InterfaceStatistics {
    uint32_t interface;
    uint64_t received;
    uint64_t dropped;
};

// Fills `to`. Of the comment as much as there is room for.
void put_head(std::span<uint8_t> to, std::span<const InterfaceFacts> interfaces,
              std::string_view comment);
// Multiples of chunk_alignment.
AlignedBytes interface_blocks(std::span<const InterfaceFacts> interfaces);
AlignedBytes statistics_blocks(std::span<const InterfaceStatistics> interfaces, int64_t time_ns);

}  // namespace baleen::capture
