// One line of CSV, taken apart.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace baleen::test {

// RFC 4180: fields of one line, those in quotes with their quotes doubled.
inline std::vector<std::string> split_csv(std::string_view line) {
    std::vector<std::string> out(1);
    bool quoted = false;
    for (size_t i = 0; i < line.size(); i++) {
        if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
            out.back() += line[++i];
        else if (line[i] == '"') quoted = !quoted;
        else if (line[i] == ',' && !quoted) out.emplace_back();
        else out.back() += line[i];
    }
    EXPECT_FALSE(quoted) << line;
    return out;
}

// The value under a name of the header.
inline std::string csv_column(const std::string& line, std::string_view header,
                              std::string_view name) {
    const auto names = split_csv(header), values = split_csv(line);
    EXPECT_EQ(names.size(), values.size()) << line;
    const auto at = std::find(names.begin(), names.end(), name);
    EXPECT_NE(at, names.end()) << name;
    return values.at(static_cast<size_t>(at - names.begin()));
}

}  // namespace baleen::test
