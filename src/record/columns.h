// Events as rows of named values: CSV, flat JSON, and what all rows begin with.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "baleen/record.h"

namespace baleen::record {

// One value of a row, with the name of its column.
struct Column {
    enum class Type : uint8_t { number, text, json };

    std::string_view name;
    std::string value;
    Type type;
};
Column number_column(std::string_view name, uint64_t value);
Column text_column(std::string_view name, std::string_view value);

// When, what, who with whom: time_ns, event_type, flow_id ... vlan. The flow is as flow_of() of the
// event has it.
std::vector<Column> head_columns(const FlowRecord& flow, std::string_view event_type,
                                 std::string_view port_name);

void append_csv_columns(std::string& out, std::span<const Column> columns);
// One object; what is empty is left out.
void append_json_columns(std::string& out, std::span<const Column> columns);

// "2023-11-14T22:13:20.000001", to go under a title that names the zone.
std::string table_time(int64_t time_ns);
// "TCP", or the number where there is no name; at most five characters.
std::string table_protocol(uint8_t protocol);

}  // namespace baleen::record
