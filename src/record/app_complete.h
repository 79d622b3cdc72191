// What the data plane leaves to others to make of what it has seen: fingerprints and the like.
//
// Why: hashes and certificates cost more than all else that is done for a flow, and nobody on the
// packet path needs them. Whoever stores or shows an event or a record asks for them here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "baleen/application.h"

namespace baleen::record {

// What was made of raw fields lately. A server shows the same certificate each time, clients of one
// kind begin alike, and a flow's record says again what its events have said: most of the work has
// been done before. One that comes takes the place of another; so memory is bounded.
class CompletedFields {
public:
    // What the raw field stands for, as fields. Until the next call.
    std::span<const uint8_t> of(const application::FieldReader& raw);

private:
    struct Entry {
        uint16_t number = 0;  // of no raw field: nothing is known
        std::vector<uint8_t> raw, made;
    };
    static constexpr size_t entry_count = 512;  // of at most two frames' bytes each
    std::vector<Entry> entries_{entry_count};
};

// The fields (baleen/application.h) with what raw ones stand for in their place.
std::vector<uint8_t> complete_fields(std::span<const uint8_t> fields,
                                     CompletedFields* known = nullptr);

}  // namespace baleen::record
