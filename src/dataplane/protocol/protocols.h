// The table of parsers (protocols.def).
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/protocol/parser.h"

namespace baleen::protocol {

#define BALEEN_PROTOCOL(name) extern const Parser name##_parser;
#include "dataplane/protocol/protocols.def"
#undef BALEEN_PROTOCOL

// A bit stands for each of them.
inline constexpr uint32_t parser_count_max = 64;

std::span<const Parser* const> parsers();

// Those that have it among their first bytes, as bits by their place in parsers().
uint64_t parsers_beginning_with(uint8_t first);

// Those of a transport, as bits by their place in parsers().
uint64_t parsers_of(Transport transport);

}  // namespace baleen::protocol
