// Fields of an application protocol (baleen/application.h) as the JSON of Suricata's EVE.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace baleen::record {

// Appends them as members of an object that is open, `"dns":{"type":"request","id":7,...}`, without
// a comma in front. What is raw, unknown or cut short is left out. Fields of one object have to
// follow each other, as parsers write them.
void append_app_json(std::string& out, std::span<const uint8_t> fields);

}  // namespace baleen::record
