// One filter against one record.
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <variant>

#include "filter/filter.h"
#include "tests/unit/record_builder.h"

namespace baleen::test {

inline bool matches(std::string_view text, const record::FlowRecord& record,
                    std::string_view port_name = "eth0") {
    const auto parsed = filter::Filter::parse(text);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed)) {
        ADD_FAILURE() << filter::format_error(text, *error);
        return false;
    }
    return std::get<0>(parsed).matches({record, port_name});
}

}  // namespace baleen::test
