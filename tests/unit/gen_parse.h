// What the capture would say of one generated frame.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "packet/checksum.h"
#include "packet/parser.h"

namespace baleen::test {

struct Judged {
    packet::Verdict verdict;
    packet::FlowKey key;
    packet::Layers layers;
    uint64_t wrong_checksums = 0;

    // Compared and ordered more easily.
    std::string key_bytes() const { return {reinterpret_cast<const char*>(&key), sizeof key}; }
};

inline Judged judge(std::span<const uint8_t> frame) {
    static const auto batch = std::make_unique<packet::Batch>();
    batch->count = 1;
    batch->packets[0] = {.data = frame.data(),
                         .captured_length = static_cast<uint32_t>(frame.size()),
                         .wire_length = static_cast<uint32_t>(frame.size()),
                         .time_ns = 1,
                         .clock_ns = 1,
                         .link = packet::LinkType::ethernet,
                         .port_index = 0,
                         .checksums = 0,
                         .reserved = {}};
    packet::Notes parser_notes{}, notes{};
    packet::parse_batch(*batch, {}, parser_notes);
    packet::verify_checksums(*batch, notes);
    Judged judged{batch->verdicts[0], batch->keys[0], batch->layers[0]};
    for (const uint64_t note : notes) judged.wrong_checksums += note;
    return judged;
}

}  // namespace baleen::test
