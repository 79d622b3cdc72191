// Where a literal stands in a stretch of bytes.
//
// Why not memmem: it has no caseless form, and a short needle is found faster by its two ends: 16
// places at a time are candidates where both the first and the last byte fit.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/match/work.h"

namespace baleen::match {

inline constexpr size_t not_found = SIZE_MAX;

// The first place of `needle`. `nocase` takes ASCII letters of either case for equal. An empty
// needle is found at the beginning. Stops early, as if nothing were found, once `work` is spent.
size_t find_literal(std::span<const uint8_t> haystack, std::span<const uint8_t> needle, bool nocase,
                    Work& work);

}  // namespace baleen::match
