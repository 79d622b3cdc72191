// What an application protocol's message says, in words for a line: "A example.com -> 192.0.2.1
// 12 ms", "TLS 1.3 example.com", "GET example.com/x 200 text/html".
//
// Must hold: texts come from the network; a line stays one line, and a terminal obeys none of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "baleen/application.h"

namespace baleen::record {

// Appends the words, without the protocol's name. Protocols that have none of their own are told
// field by field. What is longer than app_line_bytes_max is cut.
inline constexpr size_t app_line_bytes_max = 240;
void append_app_line(std::string& out, application::AppProto app_proto,
                     std::span<const uint8_t> fields);

}  // namespace baleen::record
