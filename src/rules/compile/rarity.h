// How rarely bytes occur by chance in traffic: the measure by which one of a rule's literals is
// chosen to be looked for.
#pragma once

#include <cstdint>
#include <string_view>

namespace baleen::rules::compile {

// The sum, over the bytes, of about how many bits of surprise each holds; at most rarity_max. What
// every message of a common protocol holds counts as one byte in all, and a byte that repeats the
// one before counts nothing. Letters are worth less if their case is open.
uint32_t rarity(std::string_view bytes, bool nocase);

// About eight letters. What is rarer than that is not worth a longer literal: it never occurs by
// chance anyway.
inline constexpr uint32_t rarity_max = 32;
// At least this is worth a trigger: two unusual bytes or three common ones.
inline constexpr uint32_t rarity_min = 8;

}  // namespace baleen::rules::compile
