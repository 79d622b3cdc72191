// What it takes of a flow record to add it up: its keys and counters, in 80 bytes of 1,224.
#pragma once

#include <array>
#include <cstdint>

#include "baleen/record.h"
#include "control/store/rollup.h"

namespace baleen::store {

using HostKey = std::array<uint8_t, 16>;

struct RollupFlow {
    int64_t second_ns;  // the start of the one that the record ended in
    HostKey initiator;
    HostKey responder;
    uint64_t packets_out;
    uint64_t packets_in;
    uint64_t bytes_out;
    uint64_t bytes_in;
    std::array<uint8_t, 3> port;  // as the keys of rollup.h
    std::array<uint8_t, 4> protocol;
    uint8_t flows;

    static RollupFlow of(const record::FlowRecord& record);
    Sums sums() const {
        return {.flows = flows,
                .records = 1,
                .packets_out = packets_out,
                .packets_in = packets_in,
                .bytes_out = bytes_out,
                .bytes_in = bytes_in};
    }
};
static_assert(sizeof(RollupFlow) == 80);

}  // namespace baleen::store
