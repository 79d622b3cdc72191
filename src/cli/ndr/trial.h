// What one trial gave: packets at one rate, and where those that are missing were lost.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace baleen::cli::ndr {

// Places in the order in which a packet passes them.
enum class Place : uint8_t {
    late,           // the generator did not run in time
    refused,        // the port to send on was full
    wire,           // sent, and not seen by the capture's port
    no_descriptor,  // of nic_missed, as in the ledger (docs/nics.md)
    phy_discard,
    error,
    unpolled,
    passed,
    no_mbuf,
    shed_worker_busy,
    shed_flow_table_full,
};
inline constexpr size_t place_count = 11;
inline constexpr std::array<std::string_view, place_count> place_names = {
    "not_sent.late",
    "not_sent.refused",
    "wire",
    "nic_missed.no_descriptor",
    "nic_missed.phy_discard",
    "nic_missed.error",
    "nic_missed.unpolled",
    "nic_missed.passed",
    "no_mbuf",
    "shed.worker_busy",
    "shed.flow_table_full"};

struct Trial {
    double asked_packets_per_s = 0;  // 0: as fast as the port took them
    double seconds = 0;
    uint64_t offered = 0;
    uint64_t sent = 0;
    uint64_t wire = 0;      // seen by the capture's port
    uint64_t received = 0;  // by its workers
    std::array<uint64_t, place_count> losses{};

    uint64_t& lost_at(Place place) { return losses[static_cast<size_t>(place)]; }
    uint64_t lost_at(Place place) const { return losses[static_cast<size_t>(place)]; }

    // Packets that were due and not sent: the generator or the pair did not carry the rate.
    uint64_t not_sent() const { return lost_at(Place::late) + lost_at(Place::refused); }
    uint64_t lost() const {
        uint64_t sum = 0;
        for (const uint64_t count : losses) sum += count;
        return sum;
    }
    double loss() const {
        return offered == 0 ? 1 : static_cast<double>(lost()) / static_cast<double>(offered);
    }
    double sent_packets_per_s() const {
        return seconds > 0 ? static_cast<double>(sent) / seconds : 0;
    }
    // Where most of the missing packets were lost; empty: none is missing.
    std::string_view worst_place() const {
        size_t worst = 0;
        for (size_t i = 1; i < place_count; i++)
            if (losses[i] > losses[worst]) worst = i;
        return losses[worst] == 0 ? std::string_view() : place_names[worst];
    }
};

}  // namespace baleen::cli::ndr
