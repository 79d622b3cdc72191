// Events of application protocols as Suricata's EVE, flat JSON, CSV and rows for people; and, in
// the same columns, those of rules, where all events are listed together.
//
// Must hold: texts come from the network; whatever their bytes, a line stays one line, JSON stays
// JSON, and a terminal obeys none of them.
#pragma once

#include <string>
#include <string_view>

#include "record/app_event.h"
#include "record/match.h"

namespace baleen::record {

// As append_eve_json(): `port_name` may be empty; no line feed at the end.
void append_eve_app(std::string& out, const AppMessage& message, std::string_view port_name);

// The columns of CSV, and one object with these as its keys.
extern const std::string_view event_csv_header;
void append_event_csv(std::string& out, const AppMessage& message, std::string_view port_name);
void append_event_csv(std::string& out, const Match& match, std::string_view port_name);
void append_event_json(std::string& out, const AppMessage& message, std::string_view port_name);
void append_event_json(std::string& out, const Match& match, std::string_view port_name);

extern const std::string_view event_table_header;
void append_event_row(std::string& out, const AppMessage& message);
void append_event_row(std::string& out, const Match& match);

}  // namespace baleen::record
