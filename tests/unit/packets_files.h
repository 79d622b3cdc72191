// A file of packets with its index, as tests need it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "packets/index_log.h"
#include "tests/support/packets_builder.h"
#include "tests/unit/temp_folder.h"
#include "tests/unit/times.h"

namespace baleen::test {

struct Placed {
    uint64_t offset;
    Chunk chunk;
};

// Chunk i holds flows 10 i ... 10 i + 9 and begins i seconds after the first.
inline std::vector<Placed> make_chunks(uint32_t count, uint32_t payload_bytes = 18) {
    std::vector<Placed> placed;
    uint64_t offset = packets::chunk_alignment;
    for (uint32_t i = 0; i < count; i++) {
        std::vector<uint32_t> flows;
        for (uint32_t n = 0; n < 10; n++) flows.push_back(i * 10 + n + 1);
        placed.push_back({offset, make_chunk(i, (i + 1) * second_ns, flows, payload_bytes)});
        offset += placed.back().chunk.bytes.size();
    }
    return placed;
}

inline std::string file_of(const std::vector<Placed>& chunks) {
    const Bytes head = file_head();
    std::string bytes(head.begin(), head.end());
    for (const Placed& placed : chunks)
        bytes.append(placed.chunk.bytes.begin(), placed.chunk.bytes.end());
    return bytes;
}

inline packets::IndexLog log_of(const std::string& path, const std::vector<Placed>& chunks) {
    auto log = packets::IndexLog::create(path);
    EXPECT_TRUE(log) << log.error().message;
    for (const auto& [offset, chunk] : chunks)
        EXPECT_TRUE(log->append(chunk.block, offset, chunk.block.chunk_bytes, chunk.flows));
    return *std::move(log);
}

}  // namespace baleen::test
