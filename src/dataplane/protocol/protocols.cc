#include "dataplane/protocol/protocols.h"

#include <iterator>

namespace baleen::protocol {
namespace {

const Parser* const all_parsers[] = {
#define BALEEN_PROTOCOL(name) &name##_parser,
#include "dataplane/protocol/protocols.def"
#undef BALEEN_PROTOCOL
};
static_assert(std::size(all_parsers) <= parser_count_max);

constexpr size_t byte_values = 256;

// Made when the program starts.
const std::array<uint64_t, byte_values> parsers_by_first_byte = [] {
    std::array<uint64_t, byte_values> by_byte{};
    for (size_t byte = 0; byte < byte_values; byte++)
        for (size_t i = 0; i < std::size(all_parsers); i++)
            if (all_parsers[i]->first_bytes.has(static_cast<uint8_t>(byte)))
                by_byte.at(byte) |= uint64_t{1} << i;
    return by_byte;
}();

}  // namespace

std::span<const Parser* const> parsers() { return all_parsers; }

uint64_t parsers_beginning_with(uint8_t first) { return parsers_by_first_byte[first]; }

uint64_t parsers_of(Transport transport) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < std::size(all_parsers); i++)
        if ((static_cast<uint8_t>(all_parsers[i]->transport) & static_cast<uint8_t>(transport)) !=
            0)
            bits |= uint64_t{1} << i;
    return bits;
}

}  // namespace baleen::protocol
