// Text that goes into JSON, CSV and terminals.
#pragma once

#include <string>
#include <string_view>

namespace baleen::record {

// Appends `text` as a JSON string, quotes included (RFC 8259 section 7). Bytes that are not UTF-8
// become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Appends `text` for a terminal or a table: control characters and bytes that are not UTF-8 become
// dots.
void append_printable(std::string& out, std::string_view text);

// Appends bytes of a packet as Suricata prints them: ASCII and line ends as they are, else dots.
void append_printable_payload(std::string& out, std::string_view bytes);

// Appends one field of CSV (RFC 4180 section 2), printable, in quotes where it needs them.
void append_csv_text(std::string& out, std::string_view text);

// Appends bytes in Base64 (RFC 4648 section 4).
void append_base64(std::string& out, std::string_view bytes);

}  // namespace baleen::record
