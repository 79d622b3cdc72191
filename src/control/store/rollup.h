// What the store adds up of flow records while they come: totals and the largest hosts, ports,
// protocols and pairs of hosts, by second, minute and hour. Tops and series over long times are
// answered from these rows, not from records.
//
// Owns: the meaning of a row of the table `rollup`. A record counts in the span that it ended in
// (last_ns), as it does in its slice.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "baleen/record.h"

namespace baleen::store {

enum class Level : uint8_t { second = 0, minute = 1, hour = 2 };
inline constexpr std::array<int64_t, 3> level_ns = {1'000'000'000, 60'000'000'000,
                                                    3'600'000'000'000};

// What rows are about, and the bytes of their key. In every dimension but `total` the empty key is
// what has no row of its own.
enum class Dimension : uint8_t {
    total = 0,     // empty
    host = 1,      // address (16, IPv4 as ::ffff:a.b.c.d)
    port = 2,      // protocol (1), responder's port (2, big endian); flows without ports have none
    protocol = 3,  // IP version (1), protocol (1), application::AppProto (2, big endian)
    pair = 4,      // both addresses (32), the one that compares smaller first
};
inline constexpr uint32_t dimension_count = 5;

// `out`: sent by the host, by the pair's first address, else by the initiator.
struct Sums {
    uint64_t flows = 0;    // records with part 0: flows that began
    uint64_t records = 0;  // all of them
    uint64_t packets_out = 0;
    uint64_t packets_in = 0;
    uint64_t bytes_out = 0;  // on the wire
    uint64_t bytes_in = 0;

    bool operator==(const Sums&) const = default;
    uint64_t packets() const { return packets_out + packets_in; }
    uint64_t bytes() const { return bytes_out + bytes_in; }
    void add(const Sums& other) {
        flows += other.flows;
        records += other.records;
        packets_out += other.packets_out;
        packets_in += other.packets_in;
        bytes_out += other.bytes_out;
        bytes_in += other.bytes_in;
    }
    void subtract(const Sums& other) {
        flows -= other.flows;
        records -= other.records;
        packets_out -= other.packets_out;
        packets_in -= other.packets_in;
        bytes_out -= other.bytes_out;
        bytes_in -= other.bytes_in;
    }
    Sums reversed() const {
        Sums out = *this;
        std::swap(out.packets_out, out.packets_in);
        std::swap(out.bytes_out, out.bytes_in);
        return out;
    }
};

// What one record adds to its dimensions.
inline Sums sums_of(const record::FlowRecord& record) {
    return {.flows = record.part == 0 ? 1u : 0u,
            .records = 1,
            .packets_out = record.initiator.packets,
            .packets_in = record.responder.packets,
            .bytes_out = record.initiator.wire_bytes,
            .bytes_in = record.responder.wire_bytes};
}

// The keys of a record. Empty: it has none in that dimension.
std::string host_key(const uint8_t* address);
std::string port_key(const record::FlowRecord& record);
std::string protocol_key(const record::FlowRecord& record);
// Second: the sums have to be reversed.
std::pair<std::string, bool> pair_key(const record::FlowRecord& record);

// Tables of a slice. `block`: of each run of flow rows (by rowid) the smallest and largest times,
// so that a reader passes over those that cannot answer. meta 'rolled_up_row': the last row of
// `flow` that is in `rollup`.
inline constexpr const char* rollup_schema = R"sql(
CREATE TABLE IF NOT EXISTS rollup (
    level INTEGER, dimension INTEGER, start_ns INTEGER, key BLOB, flows INTEGER, records INTEGER,
    packets_out INTEGER, packets_in INTEGER, bytes_out INTEGER, bytes_in INTEGER,
    PRIMARY KEY (level, dimension, start_ns, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS block (
    first_row INTEGER PRIMARY KEY, last_row INTEGER, first_ns_min INTEGER, first_ns_max INTEGER,
    last_ns_min INTEGER, last_ns_max INTEGER);
)sql";

}  // namespace baleen::store
