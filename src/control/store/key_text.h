// Bytes of keys, and keys as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/store/rollup.h"
#include "filter/field.h"

namespace baleen::store {

// Bytes that compare like the number, and back; of fewer bytes 0.
std::string number_bytes(uint64_t number);
uint64_t number_of(std::string_view bytes);

// 16 bytes; IPv4 is mapped (RFC 4291 section 2.5.5.2).
std::string address_text(std::string_view bytes);

// "10.0.0.1"; "TCP", "443"; "IPv4", "TCP", "tls"; two addresses. Of the empty key none.
std::vector<std::string> dimension_texts(Dimension dimension, std::string_view key);

// A field's value, of number_bytes(), 16 bytes of an address, or a text.
std::string value_text(const filter::Field& field, filter::Value::Type type,
                       std::string_view bytes);

}  // namespace baleen::store
