// A flow record as one line of JSON with Suricata's EVE field names, and as one line of CSV.
#pragma once

#include <string>
#include <string_view>

#include "baleen/record.h"

namespace baleen::record {

// `port_name`: where the flow was seen (in_iface); empty leaves the field out. No line feed at the
// end.
void append_eve_json(std::string& out, const FlowRecord& record, std::string_view port_name);

// What all events begin with, up to and with the Community ID; the object stays open.
void append_eve_head(std::string& out, const FlowRecord& record, int64_t time_ns,
                     std::string_view event_type, std::string_view port_name);

extern const std::string_view csv_header;
void append_csv(std::string& out, const FlowRecord& record);

// One line for people, columns aligned.
extern const std::string_view table_header;
void append_table_row(std::string& out, const FlowRecord& record);

// "10.0.0.1:80", "[2001:db8::1]:80", or the address alone where the flow has no ports.
std::string format_endpoint(const FlowRecord& record, const uint8_t* address, uint16_t port);

// "2023-11-14T22:13:20.000001+0000", as EVE writes time (microseconds, UTC).
void append_eve_time(std::string& out, int64_t time_ns);

}  // namespace baleen::record
