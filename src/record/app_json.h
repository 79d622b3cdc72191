// Fields of an application protocol (baleen/application.h) as the JSON of Suricata's EVE.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "baleen/application.h"

namespace baleen::record {

// Appends them as members of an object that is open, `"dns":{"type":"request","id":7,...}`, without
// a comma in front. What is raw, unknown or cut short is left out, and so are further values where
// there is no array. Fields of one object have to follow each other, as parsers write them.
void append_app_json(std::string& out, std::span<const uint8_t> fields);

// The fields of a flow's record, each with a comma in front of its protocol's object: the elements
// of arrays of objects are not told apart there, so their values are one array,
// `,"dns":{"rrname":["a","b"]}`. What has several values is an array, too.
void append_app_json_of_flow(std::string& out, std::span<const uint8_t> fields);

// One value as JSON writes it: `"a"`, 7, true. Nothing of an object and of what is raw.
void append_app_value(std::string& out, application::Kind kind,
                      const application::FieldReader& field);

// A path as flows have it, and as filters name it for short: without the arrays in its middle.
// "dns.queries[].rrname" is "dns.rrname", "tls.client_alpns[]" stays.
std::string path_of_flow(std::string_view path);

}  // namespace baleen::record
