// Text that goes into JSON.
#pragma once

#include <string>
#include <string_view>

namespace baleen::record {

// Appends `text` as a JSON string, quotes included (RFC 8259 section 7). Bytes that are not UTF-8
// become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace baleen::record
