// A match event as text: Suricata's EVE alert, flat JSON, CSV, and a row for people.
//
// Must hold: rule names come from rule files and excerpts from attackers; whatever their bytes, a
// line stays one line, JSON stays JSON, and a terminal obeys none of them.
#pragma once

#include <string>
#include <string_view>

#include "record/match.h"

namespace baleen::record {

// As append_eve_json(): `port_name` may be empty; no line feed at the end.
void append_eve_alert(std::string& out, const Match& match, std::string_view port_name);

// The columns of CSV, and one object with these as its keys.
extern const std::string_view alert_csv_header;
void append_alert_csv(std::string& out, const Match& match, std::string_view port_name);
void append_alert_json(std::string& out, const Match& match, std::string_view port_name);

extern const std::string_view alert_table_header;
void append_alert_row(std::string& out, const Match& match);

// Which rule, without who and when: "1:2001:5 severity 2: a rule [class]".
void append_alert_line(std::string& out, const Match& match);

std::string_view direction_name(ruleset::Side side);

}  // namespace baleen::record
